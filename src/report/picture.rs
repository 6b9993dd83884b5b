//! A picture: shapes in pixels, drawn the same way into svg and png.
//!
//! Plotters draws them with the font that lies beside this file, so that a machine without fonts
//! gives the same bytes.

use std::path::Path;
use std::sync::Once;

use plotters::coord::Shift;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, register_font};

use crate::error::{Error, Result};
use crate::report::text;

/// The name of the embedded font, with what a viewer of an svg takes instead if it lacks it.
const FAMILY: &str = "DejaVu Sans, sans-serif";

/// Okabe and Ito's palette, which colour-blind readers tell apart; yellow is left out, for it is
/// too light for lines on white.
pub(super) const PALETTE: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(0, 0, 0),
];

/// Text and axes.
pub(super) const INK: RGBColor = RGBColor(34, 34, 34);
/// Grid lines.
pub(super) const FAINT: RGBColor = RGBColor(222, 222, 222);
/// Side remarks.
pub(super) const GREY: RGBColor = RGBColor(95, 95, 95);

/// A point in pixels, from the upper left corner.
pub(super) type Pixel = (i32, i32);

#[derive(Clone)]
enum Shape {
    Path { points: Vec<Pixel>, style: ShapeStyle },
    Polygon { points: Vec<Pixel>, style: ShapeStyle },
    Disc { centre: Pixel, radius: u32, style: ShapeStyle },
    Text { at: Pixel, text: String, size: u32, colour: RGBColor, anchor: Pos, upwards: bool },
}

/// Shapes on white, in the order of drawing.
#[derive(Clone)]
pub(super) struct Picture {
    pub(super) width: u32,
    pub(super) height: u32,
    shapes: Vec<Shape>,
}

/// Which end of a text lies at its point; the point is always at half height.
#[derive(Debug, Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Picture {
    pub(super) fn new(width: u32, height: u32) -> Self {
        Self { width, height, shapes: Vec::new() }
    }

    /// A line through points; repeated points are dropped.
    pub(super) fn line(&mut self, mut points: Vec<Pixel>, colour: RGBColor, width: u32) {
        points.dedup();
        if points.len() > 1 {
            self.shapes.push(Shape::Path { points, style: colour.stroke_width(width) });
        }
    }

    /// A line of dashes of `dash` pixels with gaps of `gap` pixels.
    pub(super) fn dashes(
        &mut self,
        points: &[Pixel],
        colour: RGBColor,
        width: u32,
        (dash, gap): (f64, f64),
    ) {
        let mut left = dash;
        let mut drawing = true;
        let mut current: Vec<Pixel> = points.first().copied().into_iter().collect();
        for pair in points.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let (dx, dy) = (f64::from(to.0 - from.0), f64::from(to.1 - from.1));
            let length = dx.hypot(dy);
            let mut done = 0.0;
            while length - done > left {
                done += left;
                let share = done / length;
                let at =
                    (from.0 + (share * dx).round() as i32, from.1 + (share * dy).round() as i32);
                if drawing {
                    current.push(at);
                    self.line(std::mem::take(&mut current), colour, width);
                }
                drawing = !drawing;
                left = if drawing { dash } else { gap };
                current = vec![at];
            }
            left -= length - done;
            if drawing {
                current.push(to);
            }
        }
        if drawing {
            self.line(current, colour, width);
        }
    }

    /// A filled area.
    pub(super) fn area(&mut self, points: Vec<Pixel>, colour: RGBColor, opacity: f64) {
        self.shapes.push(Shape::Polygon { points, style: colour.mix(opacity).filled() });
    }

    /// A filled rectangle between two corners.
    pub(super) fn rectangle(
        &mut self,
        (left, top): Pixel,
        (right, bottom): Pixel,
        colour: RGBColor,
    ) {
        let corners = vec![(left, top), (right, top), (right, bottom), (left, bottom)];
        self.area(corners, colour, 1.0);
    }

    /// The outline of a rectangle between two corners.
    pub(super) fn frame(&mut self, (left, top): Pixel, (right, bottom): Pixel, colour: RGBColor) {
        let corners = vec![(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
        self.line(corners, colour, 1);
    }

    /// One line of text.
    pub(super) fn text(
        &mut self,
        at: Pixel,
        content: &str,
        size: u32,
        colour: RGBColor,
        anchor: Anchor,
    ) {
        self.put_text(at, content, size, colour, anchor, false);
    }

    /// One line of text, from below to above, around a point.
    pub(super) fn text_upwards(&mut self, at: Pixel, content: &str, size: u32, colour: RGBColor) {
        self.put_text(at, content, size, colour, Anchor::Middle, true);
    }

    fn put_text(
        &mut self,
        at: Pixel,
        content: &str,
        size: u32,
        colour: RGBColor,
        anchor: Anchor,
        upwards: bool,
    ) {
        let horizontal = match anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        self.shapes.push(Shape::Text {
            at,
            text: text::line(content),
            size,
            colour,
            anchor: Pos::new(horizontal, VPos::Center),
            upwards,
        });
    }

    /// The mark of the `kind`-th series: shapes differ where colours do not suffice.
    pub(super) fn marker(&mut self, (x, y): Pixel, kind: usize, colour: RGBColor, r: i32) {
        let r_f = f64::from(r);
        let (up, down) = ((r_f * 1.15).round() as i32, (r_f * 0.75).round() as i32);
        // a colour that comes round again has another mark
        match (kind + kind / PALETTE.len()) % 7 {
            0 => self.disc((x, y), r, colour, true),
            1 => self.area(
                vec![(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)],
                colour,
                1.0,
            ),
            2 => self.area(vec![(x - up, y + down), (x, y - up), (x + up, y + down)], colour, 1.0),
            3 => self.area(vec![(x, y - up), (x + up, y), (x, y + up), (x - up, y)], colour, 1.0),
            4 => {
                self.line(vec![(x - r, y - r), (x + r, y + r)], colour, 3);
                self.line(vec![(x - r, y + r), (x + r, y - r)], colour, 3);
            }
            5 => self.disc((x, y), r, colour, false),
            _ => self.area(vec![(x - up, y - down), (x + up, y - down), (x, y + up)], colour, 1.0),
        }
    }

    /// A circle, filled or with white inside.
    pub(super) fn disc(&mut self, centre: Pixel, radius: i32, colour: RGBColor, filled: bool) {
        let radius = radius.unsigned_abs();
        let inside = if filled { colour } else { WHITE };
        self.shapes.push(Shape::Disc { centre, radius, style: inside.filled() });
        if !filled {
            self.shapes.push(Shape::Disc { centre, radius, style: colour.stroke_width(2) });
        }
    }

    /// The picture as the text of an svg file.
    pub(super) fn svg(&self) -> Result<String> {
        let mut svg = String::new();
        let drawn = {
            let area =
                SVGBackend::with_string(&mut svg, (self.width, self.height)).into_drawing_area();
            self.draw(&area, 0)
        };
        drawn.map_err(|trouble| refused(Path::new("svg"), &trouble))?;
        Ok(svg)
    }

    /// Writes the picture into a file whose name ends in `.png`.
    pub(super) fn png(&self, path: &Path) -> Result<()> {
        let area = BitMapBackend::new(path, (self.width, self.height)).into_drawing_area();
        // plotters centres a bitmap's text on a box that reaches below the letters
        self.draw(&area, 4).map_err(|trouble| refused(path, &trouble))
    }

    fn draw<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        drop: i32,
    ) -> std::result::Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
        font();
        area.fill(&WHITE)?;
        for shape in &self.shapes {
            match shape {
                Shape::Path { points, style } => {
                    area.draw(&PathElement::new(points.clone(), *style))?;
                }
                Shape::Polygon { points, style } => {
                    area.draw(&Polygon::new(points.clone(), *style))?;
                }
                Shape::Disc { centre, radius, style } => {
                    area.draw(&Circle::new(*centre, *radius, *style))?;
                }
                Shape::Text { at, text, size, colour, anchor, upwards } => {
                    let turn =
                        if *upwards { FontTransform::Rotate270 } else { FontTransform::None };
                    let style = TextStyle::from((FAMILY, *size).into_font().transform(turn))
                        .color(colour)
                        .pos(*anchor);
                    let (x, y) = if *upwards { (at.0 + drop, at.1) } else { (at.0, at.1 + drop) };
                    area.draw_text(text, &style, (x, y))?;
                }
            }
        }
        area.present()
    }
}

/// Makes the embedded font known to plotters, once.
fn font() {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        let bytes = include_bytes!("assets/DejaVuSans.ttf");
        // the only failure is a file that is no font; drawing would then say which one is missing
        let _ = register_font(FAMILY, FontStyle::Normal, bytes);
    });
}

fn refused(path: &Path, trouble: &dyn std::fmt::Display) -> Error {
    let source = std::io::Error::other(trouble.to_string());
    Error::io(path, &source, "choose an output folder that is writable and has space left")
}

/// Width of a line of text in pixels.
pub(super) fn width(content: &str, size: u32) -> i32 {
    font();
    let font = (FAMILY, size).into_font();
    font.box_size(content).map_or(0, |(width, _)| i32::try_from(width).unwrap_or(i32::MAX))
}

/// The text, cut with an ellipsis if it is wider than `most` pixels.
pub(super) fn fit(content: &str, size: u32, most: i32) -> String {
    if width(content, size) <= most {
        return content.to_owned();
    }
    let mut kept: String = content.chars().take(400).collect();
    while !kept.is_empty() && width(&format!("{kept}…"), size) > most {
        kept.pop();
    }
    format!("{}…", kept.trim_end())
}

/// The text in lines of at most `most` pixels, broken at spaces.
pub(super) fn wrap(content: &str, size: u32, most: i32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in content.split_whitespace() {
        let word = fit(word, size, most);
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), size) <= most => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{Picture, fit, width, wrap};
    use plotters::style::BLACK;

    #[test]
    fn the_embedded_font_measures() {
        assert!(width("λ₁ of ∇²L", 26) > 60);
        assert!(width(&fit(&"wide ".repeat(100), 26, 200), 26) <= 200);
        assert_eq!(wrap("one two three", 26, 100).join(" "), "one two three");
    }

    #[test]
    fn dashes_cover_their_share() {
        let mut picture = Picture::new(200, 10);
        picture.dashes(&[(0, 5), (50, 5), (100, 5)], BLACK, 1, (10.0, 10.0));
        assert_eq!(picture.shapes.len(), 5);
    }
}
