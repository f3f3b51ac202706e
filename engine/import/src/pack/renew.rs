//! Brings a pack up to date with a document that has changed: three ways, so that nothing a person wrote is lost.
//!
//! Three versions of each question are held against each other: as it was imported (the *origin*), as the pack has
//! it now, and as the document has it now. Where only the document changed, its version is taken; where a hand
//! changed it, the hand's stays, and where both did, that is a conflict a person sees.

use super::assign::assign;
use super::change::{Change, What};
use super::{BadPack, LICENCE, can_be_scored, question};
use crate::outcome::{FoundQuestion, StatedPack};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use viva_core::bank::{self, Pack, Question, to_toml};
use viva_core::ids::{PackId, QuestionId};

/// What was imported into a pack, and from where. Kept beside the pack.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// The documents, by name.
    pub files: Vec<SourceFile>,
    /// The questions as they were imported.
    pub questions: Vec<Origin>,
}

/// A document that was imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// Its name, without a folder.
    pub name: String,
    /// SHA-256 of its bytes, hex.
    pub sha256: String,
}

/// A question as it was imported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// The document it came from.
    pub file: String,
    /// The document's own name for it, such as an Anki note's GUID.
    pub source_id: Option<String>,
    /// What the document said, unedited.
    pub question: Question,
}

/// A document that is imported now.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// The document.
    pub file: SourceFile,
    /// Its questions, in its order.
    pub questions: Vec<Wanted>,
    /// The pack it states by itself, if any.
    pub stated: Option<StatedPack>,
}

/// A question of a document, and what a person made of it before it is saved.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// As the document has it; none where a person wrote it.
    pub source: Option<FoundQuestion>,
    /// As it is to be saved; none where a person dropped it.
    pub becomes: Option<FoundQuestion>,
}

impl Wanted {
    /// A question that is taken as the document has it.
    pub fn as_found(found: FoundQuestion) -> Self {
        Self { source: Some(found.clone()), becomes: Some(found) }
    }
}

/// Whose version of a question is kept where both changed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The pack's, edited by hand.
    Pack,
    /// The document's.
    Source,
}

/// What a person has chosen where pack and document disagree; without a choice the pack's version stays.
pub type Choices = HashMap<QuestionId, Side>;

/// A pack brought up to date.
#[derive(Debug, Clone, PartialEq)]
pub struct Renewal {
    /// The pack as it is to be written.
    pub pack: Pack,
    /// What is to be remembered beside it.
    pub provenance: Provenance,
    /// What became of each question.
    pub changes: Vec<Change>,
}

impl Renewal {
    /// How many questions something becomes of.
    pub fn count(&self, what: What) -> usize {
        self.changes.iter().filter(|change| change.what == what).count()
    }
}

/// Brings a pack up to date with documents, or makes it where there is none yet.
///
/// # Errors
/// When no question is left that can be scored, or the pack would not load again.
pub fn renew(
    existing: Option<(&Pack, &Provenance)>,
    incoming: &[Incoming],
    id: &PackId,
    title: &str,
    choices: &Choices,
) -> Result<Renewal, BadPack> {
    let nothing = (empty(id, title, incoming), Provenance::default());
    let (pack, before) = existing.unwrap_or((&nothing.0, &nothing.1));
    let wanted: Vec<(&Incoming, &Wanted)> =
        incoming.iter().flat_map(|one| one.questions.iter().map(move |q| (one, q))).collect();
    let found_ids = assign(pack, before, id, &wanted);
    let sources = load(pack, id, &wanted, &found_ids, |w| w.source.as_ref())?;
    let edited = load(pack, id, &wanted, &found_ids, |w| w.becomes.as_ref())?;

    let mut result: Vec<Question> = pack.questions.clone();
    let mut provenance = before.clone();
    let mut changes = Vec::new();
    let mut seen: HashSet<QuestionId> = HashSet::new();
    // New questions go behind the one before them in the document.
    let mut behind: Option<QuestionId> = None;
    for ((one, wanted), id) in wanted.iter().zip(&found_ids) {
        let source = wanted.source.as_ref().and_then(|_| sources.get(id));
        let mine = pack.questions.iter().find(|q| q.id == *id);
        let origin = before.questions.iter().find(|o| o.question.id == *id).map(|o| &o.question);
        seen.insert(id.clone());
        let by_hand = wanted.becomes != wanted.source;
        let (what, becomes) = if by_hand {
            match choices.get(id) {
                Some(Side::Pack) if mine.is_some() => (What::ByHand, mine.cloned()),
                _ => (What::ByHand, edited.get(id).filter(|_| wanted.becomes.is_some()).cloned()),
            }
        } else {
            decide(origin, mine, source, choices.get(id).copied())
        };
        if let Some(source) = source {
            remember(&mut provenance, &one.file, wanted, source);
        }
        let asks = becomes.as_ref().or(mine).or(source).map(|q| q.ask.clone());
        put(&mut result, id, becomes, behind.as_ref());
        if result.iter().any(|q| q.id == *id) {
            behind = Some(id.clone());
        }
        if let Some(ask) = asks {
            changes.push(Change {
                id: id.clone(),
                ask,
                what,
                before: mine.cloned(),
                source: source.cloned(),
            });
        }
    }
    leave(&mut result, &mut provenance, pack, incoming, &seen, choices, &mut changes);
    for one in incoming {
        provenance.files.retain(|file| file.name != one.file.name);
        provenance.files.push(one.file.clone());
    }
    if result.is_empty() {
        return Err(BadPack::NothingAnswered);
    }
    let here: HashSet<&QuestionId> = result.iter().map(|q| &q.id).collect();
    let gone: HashSet<QuestionId> =
        pack.questions.iter().map(|q| &q.id).filter(|id| !here.contains(id)).cloned().collect();
    for one in &mut result {
        one.related.retain(|id| !gone.contains(id));
    }
    let sources: Vec<String> =
        provenance.files.iter().map(|file| format!("{} sha256:{}", file.name, file.sha256)).collect();
    let mut pack = Pack { questions: result, ..pack.clone() };
    if existing.is_some_and(|(old, _)| old.questions != pack.questions) {
        pack.version = pack.version.saturating_add(1).min(1_000_000);
    }
    pack.sources = sources;
    let pack = reload(&pack)?;
    Ok(Renewal { pack, provenance, changes })
}

/// Which version stays, and why.
fn decide(
    origin: Option<&Question>,
    mine: Option<&Question>,
    source: Option<&Question>,
    choice: Option<Side>,
) -> (What, Option<Question>) {
    let changed_there = match (origin, source) {
        (Some(origin), Some(source)) => differs(origin, source),
        (None, Some(source)) => mine.is_none_or(|mine| differs(mine, source)),
        (_, None) => false,
    };
    let changed_here = origin != mine;
    match (changed_there, changed_here, mine) {
        (false, ..) => (What::Untouched, mine.cloned()),
        (true, _, None) if origin.is_none() => (What::New, source.cloned()),
        // Dropped by hand before, and that stays so unless it is wanted back.
        (true, _, None) => match choice {
            Some(Side::Source) => (What::Conflict, source.cloned()),
            _ => (What::Conflict, None),
        },
        (true, false, Some(_)) => (What::Changed, source.cloned()),
        (true, true, Some(mine)) if source.is_some_and(|source| !differs(mine, source)) => {
            (What::Untouched, Some(mine.clone()))
        }
        (true, true, Some(mine)) => match choice {
            Some(Side::Source) => (What::Conflict, source.cloned()),
            _ => (What::Conflict, Some(mine.clone())),
        },
    }
}

/// Whether a source says something else than it did. Criteria that were drawn from the same words do not count: a
/// later version of this program may draw others.
fn differs(before: &Question, now: &Question) -> bool {
    let stated = |q: &Question| q.rubric.criteria.iter().any(|c| !c.id.as_str().starts_with("point-"));
    (&before.ask, &before.model_answer, &before.code, &before.topic)
        != (&now.ask, &now.model_answer, &now.code, &now.topic)
        || (stated(before) || stated(now)) && before != now
}

/// Questions of these documents that are no longer in them.
fn leave(
    result: &mut Vec<Question>,
    provenance: &mut Provenance,
    pack: &Pack,
    incoming: &[Incoming],
    seen: &HashSet<QuestionId>,
    choices: &Choices,
    changes: &mut Vec<Change>,
) {
    let again: HashSet<&str> = incoming.iter().map(|one| one.file.name.as_str()).collect();
    let origins = std::mem::take(&mut provenance.questions);
    for origin in origins {
        let id = &origin.question.id;
        if !again.contains(origin.file.as_str()) || seen.contains(id) {
            provenance.questions.push(origin);
            continue;
        }
        let Some(mine) = pack.questions.iter().find(|q| q.id == *id) else { continue };
        let edited = *mine != origin.question;
        let what = if edited { What::Orphaned } else { What::Gone };
        changes.push(Change {
            id: id.clone(),
            ask: mine.ask.clone(),
            what,
            before: Some(mine.clone()),
            source: None,
        });
        let stays = choices.get(id).map_or(edited, |side| *side == Side::Pack);
        if !stays {
            result.retain(|q| q.id != *id);
        }
    }
}

/// Notes what the document says now. Where it says what it said, the note stays: criteria that a later version of this
/// program draws from the same words would otherwise pass for an edit by hand.
fn remember(provenance: &mut Provenance, file: &SourceFile, wanted: &Wanted, source: &Question) {
    let source_id = wanted.source.as_ref().and_then(|found| found.source_id.clone());
    match provenance.questions.iter_mut().find(|origin| origin.question.id == source.id) {
        Some(origin) => {
            origin.file.clone_from(&file.name);
            origin.source_id = source_id;
            if differs(&origin.question, source) {
                origin.question = source.clone();
            }
        }
        None => {
            provenance.questions.push(Origin {
                file: file.name.clone(),
                source_id,
                question: source.clone(),
            });
        }
    }
}

/// Puts a question in its place, or takes it out.
fn put(
    questions: &mut Vec<Question>,
    id: &QuestionId,
    becomes: Option<Question>,
    behind: Option<&QuestionId>,
) {
    let at = questions.iter().position(|q| q.id == *id);
    match (at, becomes) {
        (Some(at), Some(question)) => questions[at] = question,
        (Some(at), None) => {
            questions.remove(at);
        }
        (None, Some(question)) => {
            let after = behind.and_then(|id| questions.iter().position(|q| q.id == *id));
            questions.insert(after.map_or(questions.len(), |at| at + 1), question);
        }
        (None, None) => {}
    }
}

/// The questions as they will be once they have been written and read again.
fn load(
    pack: &Pack,
    id: &PackId,
    wanted: &[(&Incoming, &Wanted)],
    found_ids: &[QuestionId],
    pick: impl Fn(&Wanted) -> Option<&FoundQuestion>,
) -> Result<HashMap<QuestionId, Question>, BadPack> {
    let picked: Vec<(&FoundQuestion, &QuestionId)> = wanted
        .iter()
        .zip(found_ids)
        .filter_map(|((_, w), id)| pick(w).filter(|found| can_be_scored(found)).map(|found| (found, id)))
        .collect();
    let renamed: HashMap<&QuestionId, &QuestionId> =
        picked.iter().filter_map(|(found, id)| Some((&found.stated.as_ref()?.id, *id))).collect();
    let questions: Vec<Question> = picked
        .iter()
        .map(|(found, own)| {
            let mut question = question(id, (*own).clone(), found);
            for related in &mut question.related {
                if let Some(id) = renamed.get(related) {
                    *related = (*id).clone();
                }
            }
            // A review page does not show what is not in the document, and must not lose it.
            if found.stated.is_none()
                && let Some(mine) = pack.questions.iter().find(|q| q.id == **own)
            {
                question.level = mine.level;
                question.hint.clone_from(&mine.hint);
                question.related.clone_from(&mine.related);
                question.sources.clone_from(&mine.sources);
                question.rubric.mistakes.clone_from(&mine.rubric.mistakes);
                question.rubric.anchors.clone_from(&mine.rubric.anchors);
            }
            question
        })
        .collect();
    if questions.is_empty() {
        return Ok(HashMap::new());
    }
    let loaded = reload(&Pack { questions, ..pack.clone() })?;
    Ok(loaded.questions.into_iter().map(|q| (q.id.clone(), q)).collect())
}

fn reload(pack: &Pack) -> Result<Pack, BadPack> {
    bank::load(&to_toml(pack), &format!("{}.toml", pack.id)).map_err(|errors| {
        BadPack::Unreadable(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    })
}

/// A pack before anything is in it.
fn empty(id: &PackId, title: &str, incoming: &[Incoming]) -> Pack {
    let stated = match incoming {
        [one] => one.stated.as_ref(),
        _ => None,
    };
    let title = match title.trim() {
        "" => id.as_str(),
        title => title,
    };
    Pack {
        id: id.clone(),
        title: stated.map_or(title, |s| s.title.as_str()).to_owned(),
        about: stated.map_or_else(String::new, |s| s.about.clone()),
        licence: stated.map_or(LICENCE, |s| s.licence.as_str()).to_owned(),
        version: stated.map_or(1, |s| s.version),
        sources: Vec::new(),
        corrections: Vec::new(),
        questions: Vec::new(),
    }
}
