//! Where charts are drawn to: SVG markup that carries classes in place of colours.
//!
//! A page may hold no inline style, and colours follow the reader's theme, so a chart names what a stroke *is*
//! and the style sheet says how it looks. Plotters passes colours; an [`Ink`] travels as one.

use plotters::style::Color;
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};
use std::convert::Infallible;
use std::fmt::Write;

/// What a stroke, an area or a text is: a class of the style sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// Not drawn.
    Nothing,
    /// A line to read a height by.
    Base,
    /// The line that is the finding.
    Line,
    /// A value.
    Dot,
    /// From how low to how high a value may be.
    Range,
    /// A mean over several values.
    Mean,
    /// A word or figure beside a line.
    Label,
    /// A figure that is looked for first.
    Strong,
}

impl Ink {
    const ALL: [Self; 8] = [
        Self::Nothing,
        Self::Base,
        Self::Line,
        Self::Dot,
        Self::Range,
        Self::Mean,
        Self::Label,
        Self::Strong,
    ];

    fn of(color: BackendColor) -> Self {
        Self::ALL.into_iter().find(|ink| *ink as u8 == color.rgb.2).unwrap_or(Self::Nothing)
    }

    fn class(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Base => "d-base",
            Self::Line => "d-ink",
            Self::Dot => "d-dot",
            Self::Range => "d-range",
            Self::Mean => "d-mean",
            Self::Label => "d-label",
            Self::Strong => "d-strong",
        }
    }
}

impl Color for Ink {
    fn to_backend_color(&self) -> BackendColor {
        let alpha = if *self == Self::Nothing { 0.0 } else { 1.0 };
        BackendColor { alpha, rgb: (0, 0, *self as u8) }
    }
}

/// A drawing that becomes the inside of an `svg` element.
#[derive(Debug)]
pub struct Drawing<'a> {
    size: (u32, u32),
    markup: &'a mut String,
}

impl<'a> Drawing<'a> {
    /// An empty one, so wide and high.
    pub fn new(size: (u32, u32), markup: &'a mut String) -> Self {
        Self { size, markup }
    }

    fn element(&mut self, ink: Ink, element: impl FnOnce(&mut String, &str)) -> Drawn {
        if ink != Ink::Nothing {
            element(self.markup, ink.class());
        }
        Ok(())
    }
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl DrawingBackend for Drawing<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        self.element(Ink::of(color), |out, class| {
            let _ = write!(out, r#"<rect class="{class}" x="{x}" y="{y}" width="1" height="1"/>"#);
        })
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.element(Ink::of(style.color()), |out, class| {
            let _ = write!(
                out,
                r#"<line class="{class}" x1="{}" y1="{}" x2="{}" y2="{}"/>"#,
                from.0, from.1, to.0, to.1
            );
        })
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        style: &S,
        _fill: bool,
    ) -> Drawn {
        let (width, height) = ((right - left).max(1), (bottom - top).max(1));
        self.element(Ink::of(style.color()), |out, class| {
            let _ = write!(
                out,
                r#"<rect class="{class}" x="{left}" y="{top}" width="{width}" height="{height}" rx="3"/>"#
            );
        })
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        self.element(Ink::of(style.color()), |out, class| {
            let _ = write!(out, r#"<path class="{class}" d=""#);
            let mut command = 'M';
            for (x, y) in path {
                let _ = write!(out, "{command}{x} {y}");
                command = 'L';
            }
            out.push_str(r#""/>"#);
        })
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        (x, y): BackendCoord,
        radius: u32,
        style: &S,
        _fill: bool,
    ) -> Drawn {
        self.element(Ink::of(style.color()), |out, class| {
            let _ = write!(out, r#"<circle class="{class}" cx="{x}" cy="{y}" r="{radius}"/>"#);
        })
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, (x, y): BackendCoord) -> Drawn {
        let anchor = match style.anchor().h_pos {
            HPos::Left => "start",
            HPos::Right => "end",
            HPos::Center => "middle",
        };
        // Labels are 12 px high: this puts the anchor at the top, the middle or the foot of their figures.
        let foot = match style.anchor().v_pos {
            VPos::Top => y + 9,
            VPos::Center => y + 4,
            VPos::Bottom => y,
        };
        self.element(Ink::of(style.color()), |out, class| {
            let _ = write!(out, r#"<text class="{class}" x="{x}" y="{foot}" text-anchor="{anchor}">"#);
            escape(text, out);
            out.push_str("</text>");
        })
    }
}

/// A text as markup shows it.
pub fn escape(text: &str, out: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ink_comes_back_from_its_colour() {
        for ink in Ink::ALL {
            assert_eq!(Ink::of(ink.to_backend_color()), ink);
        }
    }

    #[test]
    fn what_is_nothing_is_not_drawn() {
        let mut markup = String::new();
        let mut drawing = Drawing::new((10, 10), &mut markup);
        drawing.draw_line((0, 0), (1, 1), &Ink::Nothing.to_backend_color()).unwrap();
        assert_eq!(markup, "");
    }
}
