//! Word forms: the Snowball English stemmer, with irregular forms and its false friends put right.

use rust_stemmers::{Algorithm, Stemmer as Snowball};

/// Irregular forms that no suffix rule finds, form first.
static IRREGULAR: &str = include_str!("data/irregular.txt");

/// Words the suffix rules would fold together although they mean different things, and the stem each
/// keeps instead.
const FALSE_FRIENDS: &[(&str, &str)] = &[
    ("universe", "universe"),
    ("universal", "universal"),
    ("university", "university"),
    ("universities", "university"),
    ("organ", "organ"),
    ("organs", "organ"),
    ("organization", "organiz"),
    ("policy", "policy"),
    ("policies", "policy"),
    ("police", "police"),
    ("general", "general"),
    ("generally", "general"),
    ("generic", "generic"),
    ("generics", "generic"),
    ("generate", "generat"),
    ("generates", "generat"),
    ("generated", "generat"),
    ("generating", "generat"),
    ("generation", "generation"),
    ("generations", "generation"),
    ("generational", "generation"),
    ("generator", "generat"),
    ("generators", "generat"),
    ("important", "important"),
    ("importance", "important"),
    ("import", "import"),
    ("imports", "import"),
    ("new", "new"),
    ("news", "news"),
    ("process", "process"),
    ("processes", "process"),
    ("processor", "processor"),
    ("processors", "processor"),
    ("integer", "integer"),
    ("integers", "integer"),
    ("integral", "integral"),
    ("integrate", "integrat"),
    ("integration", "integrat"),
    ("integrity", "integrity"),
    ("instant", "instant"),
    ("instantly", "instant"),
    ("instance", "instance"),
    ("instances", "instance"),
    ("instantiate", "instantiat"),
    ("instantiated", "instantiat"),
    ("instantiates", "instantiat"),
    ("instantiation", "instantiat"),
    ("several", "several"),
    ("severe", "severe"),
    ("object", "object"),
    ("objects", "object"),
    ("objective", "objective"),
    ("objectives", "objective"),
    ("port", "port"),
    ("ports", "port"),
    ("portable", "portable"),
    ("character", "character"),
    ("characters", "character"),
    ("characteristic", "characteristic"),
    ("characteristics", "characteristic"),
    ("relational", "relational"),
    ("relative", "relative"),
    ("relatively", "relative"),
    ("operand", "operand"),
    ("operands", "operand"),
    ("operator", "operator"),
    ("operators", "operator"),
    ("operate", "operat"),
    ("operation", "operat"),
    ("operations", "operat"),
    ("locale", "locale"),
    ("locales", "locale"),
    ("locality", "locality"),
    ("local", "local"),
    ("locals", "local"),
    ("logic", "logic"),
    ("logical", "logic"),
    ("log", "log"),
    ("logs", "log"),
    ("executor", "executor"),
    ("executors", "executor"),
    ("execute", "execut"),
    ("execution", "execut"),
    ("executive", "executive"),
    ("commit", "commit"),
    ("commits", "commit"),
    ("committed", "commit"),
    ("committing", "commit"),
    ("committee", "committee"),
    ("community", "community"),
    ("communities", "community"),
    ("communicate", "communicat"),
    ("iterator", "iterator"),
    ("iterators", "iterator"),
    ("constructor", "constructor"),
    ("constructors", "constructor"),
    ("destructor", "destructor"),
    ("destructors", "destructor"),
    ("indices", "index"),
    ("indexes", "index"),
    ("vertices", "vertex"),
    ("matrices", "matrix"),
    ("async", "async"),
    ("does", "do"),
    ("this", "this"),
    ("has", "have"),
    ("was", "be"),
    ("is", "be"),
    ("its", "its"),
    ("us", "us"),
    ("bus", "bus"),
    ("gas", "gas"),
    ("os", "os"),
    ("as", "as"),
    ("alias", "alias"),
    ("aliases", "alias"),
    ("bias", "bias"),
    ("basis", "basis"),
    ("bases", "base"),
    ("base", "base"),
    ("based", "base"),
    ("basic", "basic"),
    ("basics", "basic"),
    ("caches", "cache"),
    ("cached", "cache"),
    ("caching", "cache"),
    ("cache", "cache"),
    ("string", "string"),
    ("strings", "string"),
    ("thing", "thing"),
    ("things", "thing"),
    ("nothing", "nothing"),
    ("something", "something"),
    ("everything", "everything"),
    ("during", "during"),
    ("redis", "redis"),
    ("postgres", "postgres"),
    ("kubernetes", "kubernetes"),
];

/// Finds the stem of a word: the part its forms share.
#[derive(Debug, Clone)]
pub struct Stemmer {
    fixed: std::collections::HashMap<&'static str, &'static str>,
}

impl Stemmer {
    /// The English stemmer.
    pub fn english() -> Self {
        let mut fixed = std::collections::HashMap::with_capacity(1200);
        for line in IRREGULAR.lines() {
            if let Some((form, base)) = line.split_once(' ') {
                fixed.insert(form, base);
            }
        }
        fixed.extend(FALSE_FRIENDS.iter().copied());
        Self { fixed }
    }

    /// The stem of a lower-case word; figures and one-letter words are their own stem.
    pub fn stem(&self, word: &str) -> String {
        if word.len() < 3 || word.bytes().any(|b| b.is_ascii_digit()) {
            return self.fixed.get(word).map_or_else(|| word.to_owned(), |s| (*s).to_owned());
        }
        match self.fixed.get(word) {
            Some(base) if FALSE_FRIENDS.iter().any(|(form, _)| *form == word) => (*base).to_owned(),
            Some(base) => Snowball::create(Algorithm::English).stem(base).into_owned(),
            None => Snowball::create(Algorithm::English).stem(word).into_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_one_word_share_a_stem() {
        let stemmer = Stemmer::english();
        for (a, b) in [
            ("written", "writes"),
            ("threw", "throwing"),
            ("indices", "index"),
            ("committed", "commit"),
            ("caching", "caches"),
            ("blocked", "blocking"),
            ("operations", "operate"),
        ] {
            assert_eq!(stemmer.stem(a), stemmer.stem(b), "{a} {b}");
        }
    }

    #[test]
    fn words_that_only_look_related_keep_apart() {
        let stemmer = Stemmer::english();
        for (a, b) in [
            ("universe", "university"),
            ("organ", "organization"),
            ("policy", "police"),
            ("generic", "generate"),
            ("process", "processor"),
            ("instance", "instantly"),
            ("log", "logic"),
            ("new", "news"),
        ] {
            assert_ne!(stemmer.stem(a), stemmer.stem(b), "{a} {b}");
        }
    }
}
