//! Charts as SVG, drawn on the server: ink on levels, at most 460 wide so that their text stays legible on a phone.
//!
//! Each carries its finding as a label; the page puts the same figures into a table beside it.

mod svg;

use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use svg::{Drawing, Ink};
use viva_core::scoring::level_cuts;

/// A score at its place in time.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// 0 to 100.
    pub score: f64,
    /// The score if no unsure word had been said.
    pub low: f64,
    /// The score if every unsure word had been what it might have been.
    pub high: f64,
    /// The day, in a word or two.
    pub when: String,
    /// Whether its figure stands beside it.
    pub named: bool,
}

/// A mean over some of the points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanOf {
    /// The first of them, from 0.
    pub first: usize,
    /// The last of them.
    pub last: usize,
    /// Their mean.
    pub mean: f64,
}

const WIDTH: u32 = 460;
const HEIGHT: u32 = 220;
/// Room for a figure above, for heights on the left, for the names of levels on the right, and for days beneath.
const ABOVE: u32 = 22;
const LEFT: u32 = 36;
const RIGHT: u32 = 64;
const BENEATH: u32 = 28;
/// Half of a range's width.
const HALF_RANGE: i32 = 9;
/// More days beneath would run into each other.
const MOST_DAYS: usize = 5;

/// Scores in order of time, over the levels they reach. Returns the whole `svg` element.
///
/// `finding` is what it shows, in words.
pub fn scores(points: &[Point], means: &[MeanOf], finding: &str) -> String {
    let mut inside = String::new();
    if let Err(error) = draw(points, means, &mut inside) {
        tracing::warn!(%error, "a chart could not be drawn");
    }
    let mut out = format!(
        r#"<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" aria-label=""#
    );
    svg::escape(finding, &mut out);
    out.push_str(r#"">"#);
    out.push_str(&inside);
    out.push_str("</svg>");
    out
}

/// The upright axis, 0 to 100, read at these heights.
struct Heights(Vec<f64>);

impl Ranged for Heights {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (foot, top): (i32, i32)) -> i32 {
        foot + (f64::from(top - foot) * value / 100.0).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _hint: Hint) -> Vec<f64> {
        self.0.clone()
    }

    fn range(&self) -> std::ops::Range<f64> {
        0.0..100.0
    }
}

fn draw(points: &[Point], means: &[MeanOf], markup: &mut String) -> Result<(), Box<dyn std::error::Error>> {
    let root = Drawing::new((WIDTH, HEIGHT), markup).into_drawing_area();
    let cuts = level_cuts();
    let heights: Vec<f64> = [0.0].into_iter().chain(cuts).chain([100.0]).collect();
    let mut chart = ChartBuilder::on(&root)
        .margin_top(ABOVE)
        .margin_right(RIGHT)
        .x_label_area_size(BENEATH)
        .y_label_area_size(LEFT)
        .build_cartesian_2d(-0.5..(points.len().max(1) as f64 - 0.5), Heights(heights.clone()))?;
    let label = |ink: Ink, h, v| {
        ("sans-serif", 12).with_color(ink).with_anchor::<Ink>(Pos::new(h, v)).into_text_style(&root)
    };
    chart
        .configure_mesh()
        .disable_x_mesh()
        .disable_x_axis()
        .axis_style(Ink::Nothing)
        .bold_line_style(Ink::Base)
        .light_line_style(Ink::Nothing)
        .set_all_tick_mark_size(0)
        .y_label_style(label(Ink::Label, HPos::Right, VPos::Center))
        .y_label_formatter(&|height| format!("{height:.0}"))
        .draw()?;
    for (level, pair) in (1..).zip(heights.windows(2)) {
        let (x, y) =
            chart.backend_coord(&(points.len().max(1) as f64 - 0.5, f64::midpoint(pair[0], pair[1])));
        let style = label(Ink::Label, HPos::Left, VPos::Center);
        root.draw(&Text::new(format!("level {level}"), (x + 8, y), style))?;
    }

    let places: Vec<(f64, &Point)> = (0_u32..).map(f64::from).zip(points).collect();
    chart.draw_series(places.iter().filter(|(_, point)| point.high > point.low).map(|(x, point)| {
        let (low, high) = ((*x, point.low), (*x, point.high));
        let height = chart_height(low.1, high.1);
        EmptyElement::at(high) + Rectangle::new([(-HALF_RANGE, 0), (HALF_RANGE, height)], Ink::Range.filled())
    }))?;
    chart.draw_series(LineSeries::new(places.iter().map(|(x, point)| (*x, point.score)), Ink::Line))?;
    for mean in means {
        let ends = [(mean.first as f64 - 0.3, mean.mean), (mean.last as f64 + 0.3, mean.mean)];
        chart.draw_series([PathElement::new(ends, Ink::Mean)])?;
    }
    let radius = if points.len() > 8 { 4 } else { 5 };
    chart.draw_series(places.iter().map(|(x, p)| Circle::new((*x, p.score), radius, Ink::Dot.filled())))?;
    chart.draw_series(places.iter().filter(|(_, point)| point.named).map(|(x, point)| {
        let style = label(Ink::Strong, HPos::Center, VPos::Bottom);
        EmptyElement::at((*x, point.score)) + Text::new(format!("{:.0}", point.score), (0, -10), style)
    }))?;
    let step = points.len().div_ceil(MOST_DAYS).max(1);
    let foot = i32::try_from(HEIGHT).unwrap_or(i32::MAX) - 8;
    let mut shown = "";
    for (x, point) in places.iter().rev().step_by(step) {
        // A day that stands there already is not repeated.
        if point.when != shown {
            let style = label(Ink::Label, HPos::Center, VPos::Bottom);
            root.draw(&Text::new(point.when.clone(), (chart.backend_coord(&(*x, 0.0)).0, foot), style))?;
        }
        shown = &point.when;
    }
    root.present()?;
    Ok(())
}

/// How many pixels a difference of scores is high.
fn chart_height(low: f64, high: f64) -> i32 {
    let pixels = f64::from(HEIGHT - BENEATH - ABOVE) * (high - low) / 100.0;
    pixels.round().clamp(2.0, f64::from(HEIGHT)) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(score: f64, when: &str) -> Point {
        Point { score, low: score - 4.0, high: score + 4.0, when: when.into(), named: true }
    }

    #[test]
    fn a_chart_names_what_it_draws_and_brings_no_colour_or_style() {
        let points = [point(31.0, "3 Nov"), point(47.0, "9 Nov"), point(58.0, "today")];
        let means = [MeanOf { first: 0, last: 1, mean: 39.0 }];
        let chart = scores(&points, &means, "Score by attempt: 31, 47, 58");
        for part in [
            r#"aria-label="Score by attempt: 31, 47, 58""#,
            r#"<circle class="d-dot""#,
            r#"<path class="d-ink" d="M"#,
            r#"<rect class="d-range""#,
            r#"class="d-mean""#,
            r#"text-anchor="middle">today</text>"#,
            ">level 5</text>",
            ">45</text>",
        ] {
            assert!(chart.contains(part), "{part}: {chart}");
        }
        for part in ["style=", "fill=", "stroke=", "font-family", "#"] {
            assert!(!chart.contains(part), "{part}: {chart}");
        }
        assert_eq!(chart.matches("d-dot").count(), 3);
    }

    #[test]
    fn higher_scores_are_drawn_higher_and_nothing_leaves_the_frame() {
        for points in
            [vec![], vec![point(50.0, "today")], (0..40).map(|n| point(f64::from(n) * 2.5, "x")).collect()]
        {
            let chart = scores(&points, &[], "it");
            let heights: Vec<i32> = chart
                .split("cy=\"")
                .skip(1)
                .map(|rest| rest.split('"').next().unwrap().parse().unwrap())
                .collect();
            assert_eq!(heights.len(), points.len());
            assert!(heights.windows(2).all(|pair| pair[0] >= pair[1]), "{heights:?}");
            assert!(heights.iter().all(|y| (0..=220).contains(y)), "{heights:?}");
        }
    }

    #[test]
    fn what_a_person_named_never_becomes_markup() {
        let chart = scores(&[point(1.0, "<b>\"&")], &[], "<script>\"");
        assert!(chart.contains("&lt;b&gt;&quot;&amp;") && !chart.contains("<script>"), "{chart}");
    }
}
