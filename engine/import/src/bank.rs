//! Imported questions as a pack of the bank.

use crate::outcome::{FoundQuestion, Import, Part};
use std::collections::{BTreeMap, HashSet};
use viva_core::assessment::Verdict;
use viva_core::bank::{Criterion, Kind, Level, Pack, Question, Rubric};
use viva_core::ids::{CriterionId, PackId, QuestionId};
use viva_core::scoring::Scorer;
use viva_core::transcript::Transcript;

/// Why imports make no pack.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPack {
    /// Nothing in it can be scored.
    #[error("none of the questions has an answer, so there is nothing to score against")]
    NothingAnswered,
}

/// Drops what scoring does not hear in the question's own model answer: words it takes as denied, or as another form.
///
/// A rubric must give its own model answer full marks, so an item that is not heard there would be a trap.
pub(crate) fn settle(scorer: &Scorer, found: &mut FoundQuestion) {
    if found.criteria.is_empty() || found.model_answer.is_empty() {
        return;
    }
    let (Ok(pack), Ok(id)) =
        (PackId::try_from("own".to_owned()), QuestionId::try_from("own.answer".to_owned()))
    else {
        return;
    };
    let transcript = Transcript::typed(found.model_answer.clone());
    // Dropping an item may move what is left, so the second look settles it.
    for _ in 0..2 {
        let assessed = scorer.prepare(&question(&pack, id.clone(), found)).assess(&transcript);
        if assessed.score >= 99.0 {
            return;
        }
        for (criterion, result) in found.criteria.iter_mut().zip(&assessed.criteria) {
            if result.verdict == Verdict::Met || result.not_heard.is_empty() {
                continue;
            }
            criterion
                .listen
                .retain(|item| item.first().is_none_or(|first| !result.not_heard.contains(first)));
        }
        if found.criteria.iter().any(|c| !c.listen.is_empty()) {
            found.criteria.retain(|c| !c.listen.is_empty());
        } else {
            found.criteria.clear();
            return;
        }
    }
}

/// Words of a question that go into its id.
const ID_WORDS: usize = 6;

/// Makes one pack of several imports. Questions without an answer are left behind: they cannot be scored.
///
/// The same imports give the same ids. A source's own id is kept where it can be an id here.
///
/// # Errors
/// When no question has an answer.
pub fn to_pack(imports: &[Import], id: &PackId, title: &str) -> Result<Pack, BadPack> {
    let mut taken = HashSet::new();
    let mut questions = Vec::new();
    for found in imports
        .iter()
        .flat_map(|i| &i.questions)
        .filter(|q| q.kind != Part::Unanswered && !q.criteria.is_empty() && !q.model_answer.is_empty())
    {
        let Some(own) = question_id(id, found, &mut taken) else { continue };
        questions.push(question(id, own, found));
    }
    if questions.is_empty() {
        return Err(BadPack::NothingAnswered);
    }
    Ok(Pack {
        id: id.clone(),
        title: title.to_owned(),
        about: String::new(),
        licence: "LicenseRef-Imported".into(),
        version: 1,
        questions,
    })
}

fn question_id(pack: &PackId, found: &FoundQuestion, taken: &mut HashSet<String>) -> Option<QuestionId> {
    let given = found.source_id.as_deref().map(slug).filter(|s| !s.is_empty());
    let base = given.unwrap_or_else(|| {
        slug(
            &found
                .ask
                .split_whitespace()
                .filter(|w| w.len() > 2)
                .take(ID_WORDS)
                .collect::<Vec<_>>()
                .join(" "),
        )
    });
    let base = if base.is_empty() { format!("line-{}", found.line) } else { base };
    let base = match base.strip_prefix(&format!("{pack}.")) {
        Some(rest) => rest.to_owned(),
        None => base,
    };
    (1..1000).find_map(|n| {
        let name = if n == 1 { format!("{pack}.{base}") } else { format!("{pack}.{base}-{n}") };
        let id = QuestionId::try_from(name.clone()).ok()?;
        taken.insert(name).then_some(id)
    })
}

/// Lower-case letters, digits and dashes of a text, at most 60 of them.
fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.to_lowercase().chars() {
        if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') {
            out.push(c);
        } else if !out.ends_with('-') && !out.is_empty() {
            out.push('-');
        }
        if out.len() >= 60 {
            break;
        }
    }
    out.trim_matches(['-', '.']).to_owned()
}

fn question(pack: &PackId, id: QuestionId, found: &FoundQuestion) -> Question {
    let words = found.model_answer.split_whitespace().count();
    let criteria = found
        .criteria
        .iter()
        .enumerate()
        .filter_map(|(n, c)| {
            Some(Criterion {
                id: CriterionId::try_from(format!("point-{}", n + 1)).ok()?,
                says: c.says.clone(),
                weight: c.weight,
                required: c.required,
                listen: c.listen.clone(),
                order: false,
                within: None,
                probe: None,
            })
        })
        .collect();
    Question {
        id,
        pack: pack.clone(),
        ask: found.ask.clone(),
        topic: found.topic.clone().unwrap_or_else(|| "general".into()),
        level: Level::Mid,
        kind: kind(found),
        // About two words a second, between one and four minutes.
        seconds: u32::try_from(words / 2).unwrap_or(240).clamp(60, 240) / 10 * 10,
        code: found.code.clone(),
        hint: None,
        model_answer: found.model_answer.clone(),
        related: Vec::new(),
        sources: Vec::new(),
        rubric: Rubric { criteria, mistakes: Vec::new(), anchors: BTreeMap::new() },
    }
}

fn kind(found: &FoundQuestion) -> Kind {
    let lower = found.ask.to_lowercase();
    if found.code.is_some() {
        Kind::Code
    } else if [
        "tell me about",
        "describe a time",
        "have you ever",
        "have you worked",
        "give me an example of a time",
        "a situation where you",
    ]
    .iter()
    .any(|s| lower.contains(s))
    {
        Kind::Behavioural
    } else if lower.contains("design a")
        || lower.contains("would you design")
        || lower.contains("would you build")
    {
        Kind::Design
    } else {
        Kind::Technical
    }
}
