//! Closed-class words, and the little words that change what a sentence claims.

use std::collections::HashSet;
use std::sync::LazyLock;

type Words = LazyLock<HashSet<&'static str>>;

/// Articles, prepositions, pronouns, auxiliaries: words that carry no point of their own.
static FUNCTION_WORDS: Words = LazyLock::new(|| {
    "a an the to of in on at by for from with into onto over under as and or but nor so if then than that this these \
     those there here it its he she they them their his her we us our you your i me my is are was were be \
     been being am do does did done doing have has had having will would shall should can could may might must also \
     just very too such which who whom whose what when where why how while because since about between through \
     during before after above below up down out off again once each every all any whereas both few more most other some \
     own same only now not no s t ll ve re d m o uh um er erm hmm okay ok yeah well like basically actually kind \
     sort mean know right let say get got gets getting per via etc eg ie e g until unless though although however \
     therefore thus hence yet still even ever either neither whether upon within without"
        .split_whitespace()
        .collect()
});

/// Function words that a phrase can lose without meaning something else; "just", "same" and "before" stay.
static LIGHT: Words = LazyLock::new(|| {
    "a an the of in on at by for from with to into as is are was were be been being am do does did has have had will \
     would can could may might shall should must it its this that these those there and or i you he she we they so one's us me"
        .split_whitespace()
        .collect()
});

/// Function words that even a phrase with a single other word can lose.
static LIGHTEST: Words = LazyLock::new(|| {
    "a an the as is are was were be been being am do does did has have had will would can could may might shall \
     should must this that these those there s one's"
        .split_whitespace()
        .collect()
});

/// Words said while thinking, dropped before anything is matched.
static FILLERS: Words = LazyLock::new(|| "uh um er erm hmm mm mhm uhm ah eh".split_whitespace().collect());

/// Words that turn a statement round.
static NEGATORS: Words = LazyLock::new(|| {
    "not no never none nor neither cannot without nothing nobody nowhere hardly non"
        .split_whitespace()
        .collect()
});

/// Stems that say by themselves that something is not so.
static DENIALS: Words = LazyLock::new(|| {
    "prevent forbid prohibit disallow reject refus deni lack avoid fail miss stop exclud skip ignor absent illeg \
     invalid imposs unabl free elimin remov drop omit ban bar throw unlik instead rather"
        .split_whitespace()
        .collect()
});

/// Whether a word belongs to the closed classes.
pub fn is_function_word(word: &str) -> bool {
    FUNCTION_WORDS.contains(word)
}

/// Whether a phrase means the same without this word.
pub fn is_light(word: &str) -> bool {
    LIGHT.contains(word)
}

/// Whether even a phrase with a single other word means the same without this word.
pub fn is_lightest(word: &str) -> bool {
    LIGHTEST.contains(word)
}

/// Whether a word is only a noise of thinking.
pub fn is_filler(word: &str) -> bool {
    FILLERS.contains(word)
}

/// Whether a word turns a statement round: "not", "never", "without".
pub fn is_negator(word: &str) -> bool {
    NEGATORS.contains(word)
}

/// Whether a verb or adjective denies by itself: "prevents", "forbids", "lacks". Takes a stem.
pub fn is_denial(stem: &str) -> bool {
    DENIALS.contains(stem)
}
