//! The certificate pages are served with: made here and kept in the data folder, or the owner's own.
//!
//! Nobody vouches for one that was made here, so a browser warns once; its fingerprint is how a person knows it. It is
//! made again only when it is asked to stand for a name it does not have, or has nearly run out. The key never leaves
//! its file, which only the owner can read.

use anyhow::{Context, bail};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// How long a certificate made here is good for. Apple's systems refuse those above 398 days.
const GOOD_FOR_DAYS: i64 = 397;
/// One that runs out within so many days is made again.
const RENEW_WITHIN_DAYS: i64 = 30;
/// Names every certificate made here has.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// A certificate with its key.
#[derive(Debug)]
pub struct Certificate {
    /// The certificate, then those that vouch for it.
    pub chain: Vec<CertificateDer<'static>>,
    /// Its key.
    pub key: PrivateKeyDer<'static>,
}

/// What is known of a certificate that was made here.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MadeFor {
    /// The names and addresses it stands for.
    pub names: Vec<String>,
    /// The last day it is good for.
    pub until: String,
    /// Its SHA-256.
    pub fingerprint: String,
}

/// The one made here, if there is one, without its key.
pub fn kept(data_dir: &Path) -> Option<MadeFor> {
    serde_json::from_slice(&fs::read(data_dir.join("tls/made-for.json")).ok()?).ok()
}

impl Certificate {
    /// Reads the owner's own, as PEM.
    pub fn read(certificate: &Path, key: &Path) -> anyhow::Result<Self> {
        let chain: Vec<_> =
            CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect).map_err(|error| {
                anyhow::anyhow!("{} holds no certificate in PEM: {error}", certificate.display())
            })?;
        if chain.is_empty() {
            bail!("{} holds no certificate in PEM", certificate.display());
        }
        let key = PrivateKeyDer::from_pem_file(key)
            .map_err(|error| anyhow::anyhow!("{} holds no private key in PEM: {error}", key.display()))?;
        Ok(Self { chain, key })
    }

    /// The one made here, for this machine's loopback and these names and addresses; made now where there is none that
    /// will do.
    pub fn of_this_machine(data_dir: &Path, hosts: &[String], now: Timestamp) -> anyhow::Result<Self> {
        let folder = data_dir.join("tls");
        let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
        let mut names: Vec<String> = LOOPBACK.map(str::to_owned).to_vec();
        names.extend(hosts.iter().map(|host| host.to_ascii_lowercase()));
        names.dedup();
        let will_do = kept(data_dir).is_some_and(|made| {
            names.iter().all(|name| made.names.contains(name))
                && made
                    .until
                    .parse()
                    .is_ok_and(|until: Date| until > day_of(now + (24 * RENEW_WITHIN_DAYS).hours()))
        });
        if will_do && let Ok(found) = Self::read(&certificate, &key) {
            return Ok(found);
        }
        make(&folder, names, now)
            .with_context(|| format!("no certificate could be made in {}", folder.display()))?;
        Self::read(&certificate, &key)
    }

    /// Its SHA-256, as browsers show it: `AB:CD:...`.
    pub fn fingerprint(&self) -> String {
        self.chain.first().map(|first| fingerprint(first)).unwrap_or_default()
    }
}

fn day_of(moment: Timestamp) -> Date {
    moment.to_zoned(TimeZone::UTC).date()
}

fn fingerprint(der: &[u8]) -> String {
    Sha256::digest(der).iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

fn make(folder: &Path, names: Vec<String>, now: Timestamp) -> anyhow::Result<()> {
    let until = now + (24 * GOOD_FOR_DAYS).hours();
    let day = |moment: Timestamp| {
        let date = day_of(moment);
        rcgen::date_time_ymd(i32::from(date.year()), date.month() as u8, date.day() as u8)
    };
    let mut params =
        CertificateParams::new(names.clone()).context("a name given with --host is no host's name")?;
    params.not_before = day(now - 24.hours());
    params.not_after = day(until);
    params.distinguished_name.push(DnType::CommonName, "Viva on this machine");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    fs::create_dir_all(folder)?;
    let made =
        MadeFor { names, until: day_of(until).to_string(), fingerprint: fingerprint(certificate.der()) };
    // The key first: a process that dies in between leaves no note of a certificate it did not finish.
    let _ = fs::remove_file(folder.join("made-for.json"));
    private(&folder.join("key.pem"), key.serialize_pem().as_bytes())?;
    fs::write(folder.join("certificate.pem"), certificate.pem())?;
    fs::write(folder.join("made-for.json"), serde_json::to_vec_pretty(&made)?)?;
    Ok(())
}

/// Writes a new file that nobody but the owner can read, from its first byte on.
fn private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    fn hosts(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn it_is_made_once_and_again_only_for_a_new_name_or_when_it_runs_out() {
        let data = TempDir::new().unwrap();
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let print = |names: &[&str], now| {
            Certificate::of_this_machine(data.path(), &hosts(names), now).unwrap().fingerprint()
        };
        let first = print(&["192.168.1.20"], now);
        assert_eq!(first.len(), 32 * 3 - 1);
        assert_eq!(kept(data.path()).unwrap().fingerprint, first);
        assert_eq!(print(&["192.168.1.20"], now + 2400.hours()), first);
        assert_eq!(print(&[], now), first, "fewer names are no reason");
        let second = print(&["panel.local"], now);
        assert_ne!(second, first);
        let third = print(&["panel.local"], now + (24 * 370).hours());
        assert_ne!(third, second);
        fs::remove_file(data.path().join("tls/key.pem")).unwrap();
        assert_ne!(print(&["panel.local"], now + (24 * 370).hours()), third);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_the_key() {
        use std::os::unix::fs::PermissionsExt;
        let data = TempDir::new().unwrap();
        let key = data.path().join("tls/key.pem");
        fs::create_dir_all(data.path().join("tls")).unwrap();
        fs::write(&key, "old").unwrap();
        Certificate::of_this_machine(data.path(), &[], Timestamp::now()).unwrap();
        assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn files_that_hold_none_are_named() {
        let data = TempDir::new().unwrap();
        let file = data.path().join("x.pem");
        let missing = Certificate::read(&file, &file).unwrap_err().to_string();
        assert!(missing.contains("x.pem"), "{missing}");
        fs::write(&file, "not PEM").unwrap();
        let wrong = Certificate::read(&file, &file).unwrap_err().to_string();
        assert!(wrong.contains("no certificate in PEM"), "{wrong}");
        let no_name = Certificate::of_this_machine(data.path(), &hosts(&["a b\u{e4}"]), Timestamp::now());
        assert!(no_name.is_err());
    }
}
