//! `viva rubric derive` and `viva rubric explain`: a rubric from nothing but a model answer, and how it comes about.

use super::bank_at_hand;
use anyhow::{Context, bail};
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use viva_core::bank::{Kind, Level, Pack, Question, to_toml};
use viva_core::ids::{PackId, QuestionId};
use viva_core::scoring::{Scorer, Shares, derive_explained};
use viva_core::transcript::Transcript;

/// Seconds of an answer whose question does not say.
const DERIVED_SECONDS: u32 = 120;

/// Arguments of `viva rubric derive`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The question, in words or as the id of a question at hand
    #[arg(long, value_name = "QUESTION")]
    question: String,
    /// The pack the rubric is put in
    #[arg(long, default_value = "own")]
    pack: String,
}

/// Arguments of `viva rubric explain`.
#[derive(Debug, clap::Args)]
pub(super) struct ExplainArgs {
    #[command(flatten)]
    derive: Args,
    /// A file with an answer: what each part of its score comes to
    #[arg(long, value_name = "FILE")]
    answer: Option<PathBuf>,
}

pub(super) fn derived(args: &Args) -> anyhow::Result<String> {
    let (ask, answer) = asked_and_answered(args)?;
    let rubric = derive_explained(Scorer::shared(), &ask, &answer).rubric;
    let pack_id: PackId = args.pack.parse().context("--pack")?;
    let question = Question {
        id: format!("{pack_id}.{}", slug(&ask)).parse().context("the id of the question")?,
        pack: pack_id.clone(),
        ask,
        topic: "own".into(),
        level: Level::Mid,
        kind: Kind::Technical,
        seconds: DERIVED_SECONDS,
        code: None,
        hint: None,
        model_answer: answer,
        related: Vec::new(),
        sources: Vec::new(),
        rubric,
    };
    if question.rubric.criteria.is_empty() {
        bail!("the answer makes no point that could be listened for; write whole sentences");
    }
    Ok(to_toml(&Pack {
        id: pack_id,
        title: "My own questions".into(),
        about: String::new(),
        licence: "LicenseRef-own".into(),
        version: 1,
        sources: Vec::new(),
        corrections: Vec::new(),
        questions: vec![question],
    }))
}

/// How the rubric comes about, and what a score by it is added up from.
pub(super) fn explained(args: &ExplainArgs) -> anyhow::Result<String> {
    let (ask, model_answer) = asked_and_answered(&args.derive)?;
    explanation(&ask, &model_answer, args.answer.as_deref())
}

fn explanation(ask: &str, model_answer: &str, answer: Option<&Path>) -> anyhow::Result<String> {
    let derivation = derive_explained(Scorer::shared(), ask, model_answer);
    let prepared = Scorer::shared().prepare_derived(ask, &[model_answer]);
    let held = prepared.meaning_held();
    let mut out = String::new();
    for (at, (criterion, point)) in derivation.rubric.criteria.iter().zip(&derivation.points).enumerate() {
        let needed = if criterion.required { ", required" } else { "" };
        let _ = writeln!(out, "{}: {}", criterion.id, criterion.says);
        let _ = writeln!(out, "  from: {}", point.source.trim());
        let _ = writeln!(out, "  weight {}{needed}: {}", criterion.weight, point.why);
        if let Some(held) = held.get(at) {
            let _ = writeln!(out, "  holds {:.0} % of the model answer's meaning", held * 100.0);
        }
        let items: Vec<String> =
            point.items.iter().map(|(item, bits)| format!("{item} ({bits:.1})")).collect();
        let _ = writeln!(out, "  listens for, with bits of meaning: {}", items.join(", "));
        let spoken = criterion.listen.iter().filter(|ways| ways.len() > 1);
        for ways in spoken {
            let _ = writeln!(out, "    also as: {}", ways[1..].join(", "));
        }
    }
    for (part, why) in &derivation.left_out {
        let _ = writeln!(out, "left out: {:?}: {why}", part.trim());
    }
    let _ = writeln!(
        out,
        "\nA score without a rubric of its own is added up from these shares of the model answer:"
    );
    let Some(file) = answer else {
        for part in Shares::WHOLE.parts() {
            let _ = writeln!(out, "  {:>4.0} %  {}", part.weight * 100.0, part.says);
        }
        return Ok(out);
    };
    let answer = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let answer = Transcript::typed(answer.trim());
    for part in prepared.shares(&answer).unwrap_or(Shares::WHOLE).parts() {
        let _ = writeln!(
            out,
            "  {:>4.0} % of {:>3.0} %  {} ({:.0} % of it said)",
            part.earned * 100.0,
            part.weight * 100.0,
            part.says,
            part.reached * 100.0
        );
    }
    let assessment = prepared.assess(&answer);
    for guard in &assessment.guards {
        let _ = writeln!(out, "  {}", guard.says);
    }
    let _ = writeln!(out, "{} scores {:.0} of 100", file.display(), assessment.score);
    Ok(out)
}

/// The question and the model answer, from arguments and standard input.
fn asked_and_answered(args: &Args) -> anyhow::Result<(String, String)> {
    let ask = match args.question.parse::<QuestionId>() {
        Ok(id) => bank_at_hand()?.question(&id).map(|question| question.ask.clone()),
        Err(_) => None,
    };
    let ask = ask.unwrap_or_else(|| args.question.trim().to_owned());
    if ask.is_empty() {
        bail!("--question is empty; write the question between quotes");
    }
    if io::stdin().is_terminal() {
        bail!(
            "the model answer is read from standard input: viva rubric derive --question \"...\" < answer.txt"
        );
    }
    let mut answer = String::new();
    io::stdin().lock().read_to_string(&mut answer).context("the model answer is not UTF-8 text")?;
    let answer = answer.trim().to_owned();
    if answer.is_empty() {
        bail!("the model answer on standard input is empty");
    }
    Ok((ask, answer))
}

/// The first words of a question as an id.
fn slug(ask: &str) -> String {
    let lower = ask.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).take(6).collect();
    let slug: String = words.join("-").chars().take(60).collect();
    if slug.is_empty() { "question".into() } else { slug }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_derived_question_is_its_first_words() {
        assert_eq!(slug("What is a JVM's heap, and why do we size it?"), "what-is-a-jvm-s-heap");
        assert_eq!(slug("…"), "question");
    }

    #[test]
    fn the_parts_a_score_is_added_up_from_are_told_with_and_without_an_answer() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("answer.txt");
        std::fs::write(&file, "It holds the address of a variable.").unwrap();
        let explain = |answer| {
            let model = "A pointer holds the address of a variable in memory. It may be null.";
            explanation("What is a pointer?", model, answer).unwrap()
        };
        let without = explain(None);
        assert!(without.contains("38 %  meaning of words that the question does not say"), "{without}");
        assert!(without.contains("% of the model answer's meaning"), "{without}");
        let with = explain(Some(file.as_path()));
        assert!(with.contains("% of it said)") && with.contains("of 100"), "{with}");
        let missing = explanation("What?", "It is so.", Some(&folder.path().join("none"))).unwrap_err();
        assert!(missing.to_string().contains("cannot read"), "{missing}");
    }
}
