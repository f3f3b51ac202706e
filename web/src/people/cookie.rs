//! The cookie that holds a login's token.

use super::tokens::Token;
use axum::http::{HeaderMap, HeaderValue, header};

/// How pages come to a browser, which decides how well the cookie can be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Over TLS: the cookie is `Secure`, and its `__Host-` name binds it to this server alone.
    Tls,
    /// In the open, from this machine to itself.
    Open,
}

impl Transport {
    fn name(self) -> &'static str {
        match self {
            Self::Tls => "__Host-viva-login",
            Self::Open => "viva-login",
        }
    }

    /// `https` or `http`.
    pub fn scheme(self) -> &'static str {
        match self {
            Self::Tls => "https",
            Self::Open => "http",
        }
    }

    /// The token a browser sent; none where there is none, or more than one.
    pub fn read(self, headers: &HeaderMap) -> Option<Token> {
        let mut found = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='))
            .filter(|(name, _)| *name == self.name())
            .map(|(_, value)| value);
        let token = Token::read(found.next()?)?;
        // Two of them: somebody else on this host set one, and which came first is nobody's to say.
        found.next().is_none().then_some(token)
    }

    /// Makes the browser keep a token until it is closed, or until the login ends.
    pub fn keep(self, token: &Token) -> HeaderValue {
        self.header(&token.text(), "")
    }

    /// Makes the browser forget its token.
    pub fn forget(self) -> HeaderValue {
        self.header("", "; Max-Age=0")
    }

    fn header(self, value: &str, more: &str) -> HeaderValue {
        let secure = if self == Self::Tls { "; Secure" } else { "" };
        let text = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}", self.name());
        let mut header = HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""));
        header.set_sensitive(true);
        header
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(cookies: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(cookies).unwrap())])
    }

    #[test]
    fn the_cookie_says_who_may_read_it() {
        let token = Token::new();
        let open = Transport::Open.keep(&token);
        assert_eq!(
            open.to_str().unwrap(),
            format!("viva-login={}; Path=/; HttpOnly; SameSite=Lax", token.text())
        );
        let tls = Transport::Tls.keep(&token);
        let tls = tls.to_str().unwrap();
        assert!(tls.starts_with("__Host-viva-login=") && tls.ends_with("; Secure"), "{tls}");
        assert!(!format!("{open:?}").contains(&token.text()));
    }

    #[test]
    fn only_one_whole_token_of_ours_is_read() {
        let token = Token::new();
        let text = token.text();
        assert_eq!(Transport::Open.read(&sent(&format!("theme=dark; viva-login={text}"))), Some(token));
        for cookies in [
            "theme=dark".to_owned(),
            "viva-login=".to_owned(),
            format!("viva-login={text}x"),
            format!("__Host-viva-login={text}"),
            format!("viva-login={text}; viva-login={text}"),
        ] {
            assert_eq!(Transport::Open.read(&sent(&cookies)), None, "{cookies}");
        }
        assert_eq!(Transport::Tls.read(&sent(&format!("viva-login={text}"))), None);
    }
}
