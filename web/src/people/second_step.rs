//! The second step of signing in: a code of six digits that an app shows for half a minute (RFC 6238).

use anyhow::Context;
use qrcode::QrCode;
use qrcode::render::svg;
use totp_rs::{Builder, Secret, Totp};
use viva_core::clock::Timestamp;
use viva_core::people::PersonName;

/// Bytes of a secret, as RFC 4226 recommends.
const SECRET: usize = 20;

/// A new secret.
pub fn new_secret() -> Vec<u8> {
    super::tokens::random::<SECRET>().to_vec()
}

/// The half minute whose code this is, if it is one of now, the one before or the one after.
///
/// Whether it was taken before is for storage to say: no code is taken twice.
pub fn half_minute(secret: &[u8], code: &str, now: Timestamp) -> Option<i64> {
    if code.len() > 32 {
        return None;
    }
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let seconds = u64::try_from(now.0 / 1000).ok()?;
    let step = totp(secret, None)?.check(&digits, seconds)?;
    i64::try_from(step).ok()
}

/// A secret as an app takes it when it cannot read the picture: letters in fours.
pub fn letters(secret: &[u8]) -> String {
    let text = Secret::from(secret.to_vec()).to_base32();
    text.as_bytes()
        .chunks(4)
        .map(|four| String::from_utf8_lossy(four).into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A secret from its letters; none where they are not ours.
pub fn from_letters(letters: &str) -> Option<Vec<u8>> {
    if letters.len() > 100 {
        return None;
    }
    let text: String = letters.chars().filter(|c| !c.is_whitespace()).collect();
    let secret = Secret::try_from_base32(text).ok()?;
    (secret.as_bytes().len() == SECRET).then(|| secret.as_bytes().to_vec())
}

/// What an app reads with its camera, as an SVG.
pub fn picture(secret: &[u8], name: &PersonName) -> anyhow::Result<String> {
    let totp = totp(secret, Some(name)).context("a secret has 20 bytes")?;
    let address = totp.to_url().context("a name makes an address")?;
    let code = QrCode::new(address.as_bytes()).context("an address fits a QR code")?;
    let drawn = code.render::<svg::Color<'_>>().module_dimensions(4, 4).build();
    // Inside a page, what an XML file begins with is not wanted.
    let start = drawn.find("<svg").context("a picture is an svg")?;
    Ok(drawn[start..].replacen(
        "<svg ",
        "<svg role=\"img\" aria-label=\"QR code for an authenticator app\" ",
        1,
    ))
}

fn totp(secret: &[u8], name: Option<&PersonName>) -> Option<Totp> {
    let mut builder = Builder::new().with_secret(secret.to_vec());
    if let Some(name) = name {
        // A colon parts the issuer from the name in the address.
        builder = builder.with_account_name(name.as_str().replace(':', " ")).with_issuer(Some("Viva"));
    }
    builder.build().ok()
}

/// The code of a moment.
#[cfg(test)]
pub fn code(secret: &[u8], at: Timestamp) -> String {
    totp(secret, None).unwrap().generate(u64::try_from(at.0 / 1000).unwrap()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_good_for_its_half_minute_and_the_ones_beside_it() {
        // RFC 6238, appendix B: at 59 s the eight digits are 94287082.
        let secret = b"12345678901234567890";
        let at = |seconds: i64| Timestamp(seconds * 1000);
        assert_eq!(code(secret, at(59)), "287082");
        for (seconds, found) in [(59, Some(1)), (29, Some(1)), (89, Some(1)), (90, None), (10_000, None)] {
            assert_eq!(half_minute(secret, "287082", at(seconds)), found, "{seconds}");
        }
        assert_eq!(half_minute(secret, "287 082", at(59)), Some(1));
        let huge = "2".repeat(1 << 20);
        for bad in ["", "28708", "2870822", "٢٨٧٠٨٢", "28708\0", huge.as_str()] {
            assert_eq!(half_minute(secret, bad, at(59)), None, "{:.20}", bad);
        }
    }

    #[test]
    fn a_secret_is_read_back_from_its_letters() {
        let secret = new_secret();
        assert_eq!(from_letters(&letters(&secret)), Some(secret.clone()));
        for bad in ["", "AAAA", "!!!!", &"A".repeat(1 << 16)] {
            assert_eq!(from_letters(bad), None);
        }
        let drawn = picture(&secret, &"Ana: <b>".parse().unwrap()).unwrap();
        assert!(drawn.starts_with("<svg ") && !drawn.contains("<b>"), "{drawn:.200}");
    }
}
