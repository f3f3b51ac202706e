//! What the place and the number of a piece that asks say about it.

use super::super::candidates::{Candidate, Style};
use super::super::wording::{self, Form};
use super::super::{Marker, Piece, guide};
use super::house::House;
use super::judge::{Verdict, restates};
use super::leaning::Answer;
use std::collections::HashSet;

/// Decides on a piece that does not ask by its words: labels, comparisons, gaps of a numbered list.
pub(super) fn by_shape(
    pieces: &[Piece],
    i: usize,
    house: &House,
    main: Option<&(usize, String)>,
    answer: &Answer,
) -> Verdict {
    let piece = &pieces[i];
    if !piece.is_text() || piece.body().is_empty() {
        return Verdict::Inner;
    }
    if let (Some(level), Some(Style::Heading(want))) = (piece.heading, house.exclusive)
        && level == want
        && guide::has_own_text(pieces, i)
        && !guide::is_generic(piece.body())
        && same_numbering(pieces, main, piece)
    {
        return Verdict::Main(0.6, "A heading among headings that ask.".into());
    }
    if house.exclusive == Some(Style::Numbered)
        && let Marker::Number(number) = piece.marker
        && fills_gap(pieces, i, number, main)
    {
        return Verdict::Main(0.6, "A number in a row of numbered questions.".into());
    }
    if house.exclusive == Some(Style::Stressed)
        && piece.stressed
        && matches!(piece.marker, Marker::Number(_))
        && main.is_some_and(|(at, _)| matches!(pieces[*at].marker, Marker::Number(_)))
    {
        return Verdict::Main(0.6, "A number in a row of numbered questions.".into());
    }
    let items_ask =
        house.bulleted && house.exclusive.is_none() && piece.marker == Marker::Bullet && answer.pieces == 0;
    if items_ask
        && main
            .is_some_and(|(at, _)| pieces[*at].marker == Marker::Bullet && pieces[*at].indent == piece.indent)
        && !piece.body().ends_with(['.', ':', ';'])
        && piece.body().split_whitespace().count() <= 8
    {
        return Verdict::Main(0.5, "An item in a list of questions.".into());
    }
    let bare = piece.marker == Marker::None && piece.heading.is_none() && piece.label.is_none();
    if house.exclusive.is_none()
        && main.is_some()
        && bare
        && (wording::compares(piece.body()) || wording::pairs_names(piece.body()))
        && guide::closes(pieces, i)
        && (!house.spaced || piece.space_before)
    {
        let fake = Candidate {
            at: i,
            end: i + 1,
            style: Style::Bare,
            form: Form::Unmarked,
            ask: piece.body().to_owned(),
            topic: None,
            rest: String::new(),
            sentences: 1,
            followup_label: false,
        };
        if !restates(&fake, main)
            && !overlaps_main(&fake, main)
            && answer.pieces >= 2
            && pieces.get(i + 1).is_some_and(Piece::is_content)
        {
            return Verdict::Main(0.6, "A comparison as a heading, with an answer below it.".into());
        }
    }
    Verdict::Inner
}

/// Whether most of a heading's words stand in the main question: then it is a part of its answer.
pub(super) fn overlaps_main(c: &Candidate, main: Option<&(usize, String)>) -> bool {
    let Some((_, asked)) = main else { return false };
    let own = wording::stems(&c.ask);
    let before: HashSet<String> = wording::stems(asked).into_iter().collect();
    own.iter().filter(|s| before.contains(*s)).count() * 3 > own.len() * 2
}

/// A heading without a number among numbered ones is a chapter.
pub(super) fn same_numbering(pieces: &[Piece], main: Option<&(usize, String)>, piece: &Piece) -> bool {
    let numbered = |p: &Piece| matches!(p.marker, Marker::Number(_));
    main.is_none_or(|(at, _)| numbered(&pieces[*at]) == numbered(piece))
}

/// Whether a numbered line that does not ask stands where its number is due, with the next number asking later.
pub(super) fn fills_gap(pieces: &[Piece], i: usize, number: u32, main: Option<&(usize, String)>) -> bool {
    let Some((at, _)) = main else { return false };
    if pieces[*at].marker != Marker::Number(number.wrapping_sub(1))
        || pieces[i].indent != pieces[*at].indent
        || pieces[i].body().len() > 120
    {
        return false;
    }
    for later in pieces.iter().skip(i + 1).take(400) {
        if let Marker::Number(n) = later.marker
            && later.indent == pieces[i].indent
            && later.is_text()
        {
            let asks = wording::asked(later.body()).is_some();
            if n == number {
                return false;
            }
            if n == number + 1 {
                return asks;
            }
        }
    }
    false
}
