//! A picture that needs nothing else.

use std::fmt::Write as _;

use super::layout::{self, Layout, Rect, text_width};
use super::model::{Cluster, Dag, Edge, Graph, Kind, Node, Waits};
use super::shown;

/// Steps that are shown: nobody reads a picture of more.
pub(super) const MOST_STEPS: usize = 1000;
/// Lines from credentials to steps that are drawn; beyond that each step has the numbers of what it sees.
const MOST_LINES: usize = 40;
/// Numbers that are shown at a step.
const MOST_NUMBERS: usize = 8;
/// The width that credentials have at least.
const NARROWEST: f64 = 480.0;
const MARGIN: f64 = 12.0;
const TITLE: f64 = 30.0;
const PILL: f64 = 20.0;
/// Colours of credentials, as classes.
const COLOURS: usize = 5;

/// What does not depend on light and dark.
const SHAPES: &str = "\
text{font-family:system-ui,sans-serif}.h{font-size:15px;font-weight:600}.i{font-size:13px;font-weight:600}.a,.c,.k{font-size:11px}\
.e{fill:none;stroke-width:1.3}.s{stroke-dasharray:6 4}.g{stroke-dasharray:3 3}.x{stroke-dasharray:1 4;stroke-linecap:round}\
.l{fill:none;stroke-opacity:.6}.u{stroke-dasharray:2 2}.d{font-size:9px;font-weight:600;text-anchor:middle}";

/// Colours of a theme. Not as variables of CSS, which only browsers know.
struct Theme {
    back: &'static str,
    text: &'static str,
    soft: &'static str,
    line: &'static str,
    node: &'static str,
    root: &'static str,
    own: &'static str,
    attached: &'static str,
    group: &'static str,
    credentials: [&'static str; COLOURS],
}

const LIGHT: Theme = Theme {
    back: "#fff",
    text: "#1f2328",
    soft: "#57606a",
    line: "#6e7781",
    node: "#f6f8fa",
    root: "#ddf4ff",
    own: "#dafbe1",
    attached: "#fff8c5",
    group: "#f6f8fa",
    credentials: ["#cf222e", "#8250df", "#9a6700", "#0969da", "#1a7f37"],
};

const DARK: Theme = Theme {
    back: "#0d1117",
    text: "#e6edf3",
    soft: "#9198a1",
    line: "#8b949e",
    node: "#21262d",
    root: "#0c2d48",
    own: "#0f2e1a",
    attached: "#3a2f0b",
    group: "#161b22",
    credentials: ["#ff7b72", "#bc8cff", "#d29922", "#58a6ff", "#56d364"],
};

fn style() -> String {
    format!("{SHAPES}{}@media(prefers-color-scheme:dark){{{}}}", LIGHT.rules(), DARK.rules())
}

impl Theme {
    fn rules(&self) -> String {
        let Self { back, text, soft, line, node, root, own, attached, group, credentials } = self;
        let mut out = format!(
            "text{{fill:{text}}}.a,.c{{fill:{soft}}}.bg{{fill:{back}}}.n{{fill:{node};stroke:{line}}}.e{{stroke:{line}}}.m{{fill:{line}}}\
             .r{{fill:{root};stroke:{line}}}.o{{fill:{own};stroke:{line}}}.t{{fill:{attached};stroke:{line}}}.g{{fill:{group};stroke:{line}}}\
             .p,.u{{fill:{back}}}"
        );
        for (number, colour) in credentials.iter().enumerate() {
            let k = format!(".k{number}");
            // Writing to a string cannot fail.
            let _ =
                write!(out, "{k} .p,{k} .u,{k}.l{{stroke:{colour}}}{k} .b{{fill:{colour}}}{k} .d{{fill:{colour}}}{k} .w{{fill:{back}}}");
        }
        out
    }
}

/// The picture, and how many steps are not in it.
pub(super) fn write(graph: &Graph) -> (String, usize) {
    let mut left = MOST_STEPS;
    let (mut body, mut width, mut y, mut left_out) = (String::new(), NARROWEST, MARGIN, 0);
    for dag in &graph.dags {
        let shown = dag.steps.len().min(left);
        left -= shown;
        left_out += dag.steps.len() - shown;
        let layout = layout::arrange(dag, shown);
        let wide = layout.width.max(NARROWEST);
        // Writing to a string cannot fail.
        let _ = writeln!(body, "<text class=\"h\" x=\"{MARGIN}\" y=\"{}\">{}</text>", number(y + 18.0), escaped(&graph.title(dag)));
        y += TITLE;
        let pills = Pills::new(dag, wide);
        let sees = dag.sees.iter().filter(|sees| sees.step < shown).count();
        let has_lines = sees <= MOST_LINES;
        let at = (MARGIN, y + pills.height);
        frames(&mut body, dag, &layout, at);
        dag.edges.iter().for_each(|waits| edge(&mut body, dag, &layout, at, waits));
        if has_lines {
            lines(&mut body, dag, &layout, &pills, (MARGIN, y), at);
        }
        dag.steps.iter().zip(&layout.steps).for_each(|(node, rect)| step(&mut body, node, &moved(*rect, at)));
        if !has_lines {
            badges(&mut body, dag, &layout, at);
        }
        pills.draw(&mut body, dag, (MARGIN, y), !has_lines);
        y += pills.height + layout.height + MARGIN;
        width = width.max(wide);
    }
    if left_out > 0 {
        let _ = writeln!(
            body,
            "<text class=\"a\" x=\"{MARGIN}\" y=\"{}\">{left_out} more steps are not in the picture</text>",
            number(y + 6.0)
        );
        y += TITLE;
    }
    let (width, height) = (number(width + 2.0 * MARGIN), number(y));
    let file = escaped(&graph.file);
    let head = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n\
         <title>Steps of {file}</title>\n<style>{}</style>\n\
         <defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">\
         <path class=\"m\" d=\"M0 0L8 4L0 8z\"/></marker></defs>\n<rect class=\"bg\" width=\"{width}\" height=\"{height}\"/>\n",
        style()
    );
    (format!("{head}{body}</svg>\n"), left_out)
}

fn moved(rect: Rect, (x, y): (f64, f64)) -> Rect {
    Rect { x: rect.x + x, y: rect.y + y, ..rect }
}

fn frames(out: &mut String, dag: &Dag, layout: &Layout, at: (f64, f64)) {
    for frame in &layout.frames {
        let Some(Cluster { kind, label, .. }) = dag.clusters.get(frame.cluster) else { continue };
        let class = match kind {
            Kind::RootContainer => "r",
            Kind::OwnContainer => "o",
            Kind::Attached => "t",
            Kind::Foreach | Kind::Handlers => "g",
        };
        let rect = moved(frame.rect, at);
        let _ = writeln!(
            out,
            "<g><title>{}</title>{}<text class=\"c\" x=\"{}\" y=\"{}\">{}</text></g>",
            escaped(label),
            rectangle(&rect, class, 8.0),
            number(rect.x + 8.0),
            number(rect.y + 16.0),
            escaped(&cut(label, 11.0, rect.width - 16.0))
        );
    }
}

fn edge(out: &mut String, dag: &Dag, layout: &Layout, at: (f64, f64), edge: &Edge) {
    let (Some(from), Some(to)) = (layout.steps.get(edge.from), layout.steps.get(edge.to)) else { return };
    let (from, to) = (moved(*from, at), moved(*to, at));
    let (x1, y1) = (from.x + from.width / 2.0, from.y + from.height);
    let (x2, y2) = (to.x + to.width / 2.0, to.y - 1.0);
    let bend = ((y2 - y1).abs() / 2.0).clamp(16.0, 90.0);
    // A line straight down past other steps would hide behind them.
    let is_long = y2 < y1 || (y2 - y1 > 125.0 && (x2 - x1).abs() < 120.0);
    let aside = if is_long { from.width.max(to.width) * 0.75 } else { 0.0 };
    let (class, why) = match edge.kind {
        Waits::Depends | Waits::Body => ("e", "waits for"),
        Waits::Assumed => ("e s", "is assumed to wait for"),
    };
    let name = |step: usize| dag.steps.get(step).map_or("", |node| node.id.as_str());
    let _ = writeln!(
        out,
        "<path class=\"{class}\" marker-end=\"url(#arrow)\" d=\"M{} {}C{} {} {} {} {} {}\"><title>{}</title></path>",
        number(x1),
        number(y1),
        number(x1 + aside),
        number(y1 + bend),
        number(x2 + aside),
        number(y2 - bend),
        number(x2),
        number(y2),
        escaped(&format!("{} {why} {}", name(edge.to), name(edge.from)))
    );
}

fn step(out: &mut String, node: &Node, rect: &Rect) {
    let line = node.line.map(|line| format!(", line {line}")).unwrap_or_default();
    let middle = number(rect.x + rect.width / 2.0);
    let text = |text: &str, size: f64| escaped(&cut(text, size, rect.width - 12.0));
    let _ = writeln!(
        out,
        "<g text-anchor=\"middle\"><title>{}</title>{}<text class=\"i\" x=\"{middle}\" y=\"{}\">{}</text>\
         <text class=\"a\" x=\"{middle}\" y=\"{}\">{}</text></g>",
        escaped(&format!("{}: {} ({}{line})", node.id, node.action, node.place)),
        rectangle(rect, "n", 6.0),
        number(rect.y + 19.0),
        text(&node.id, 13.0),
        number(rect.y + 34.0),
        text(&node.action, 11.0)
    );
}

/// The credentials, side by side above the steps.
struct Pills {
    rects: Vec<Rect>,
    height: f64,
}

impl Pills {
    fn new(dag: &Dag, width: f64) -> Self {
        let (mut x, mut y, mut rects) = (0.0, 0.0, Vec::new());
        for credential in &dag.credentials {
            let wide = (text_width(&credential.label, 11.0) + 40.0).min(260.0);
            if x > 0.0 && x + wide > width {
                (x, y) = (0.0, y + PILL + 8.0);
            }
            rects.push(Rect { x, y, width: wide, height: PILL });
            x += wide + 10.0;
        }
        let height = rects.last().map_or(0.0, |last| last.y + PILL + 14.0);
        Self { rects, height }
    }

    fn draw(&self, out: &mut String, dag: &Dag, at: (f64, f64), is_numbered: bool) {
        for (place, (credential, rect)) in dag.credentials.iter().zip(&self.rects).enumerate() {
            let rect = moved(*rect, at);
            let line = credential.line.map(|line| format!(", line {line}")).unwrap_or_default();
            let number_before = if is_numbered { format!("{}  ", place + 1) } else { String::new() };
            let _ = writeln!(
                out,
                "<g class=\"k{}\"><title>{}</title>{}<text class=\"k\" x=\"{}\" y=\"{}\">{}</text></g>",
                place % COLOURS,
                escaped(&format!("{}: {}{line}", credential.name, credential.origin.name())),
                rectangle(&rect, "p", PILL / 2.0),
                number(rect.x + 10.0),
                number(rect.y + 14.0),
                escaped(&cut(&format!("{number_before}{}", credential.label), 11.0, rect.width - 16.0))
            );
        }
    }
}

fn lines(out: &mut String, dag: &Dag, layout: &Layout, pills: &Pills, above: (f64, f64), at: (f64, f64)) {
    for sees in &dag.sees {
        let (Some(pill), Some(step)) = (pills.rects.get(sees.credential), layout.steps.get(sees.step)) else { continue };
        let (pill, step) = (moved(*pill, above), moved(*step, at));
        let (x1, y1) = (pill.x + pill.width / 2.0, pill.y + pill.height);
        // Lines of several credentials end beside each other.
        let (x2, y2) = (step.x + 8.0 + 7.0 * (sees.credential % 5) as f64, step.y);
        let bend = ((y2 - y1) / 2.0).max(10.0);
        let class = if sees.engine_only { "l x" } else { "l" };
        let _ = writeln!(
            out,
            "<path class=\"{class} k{}\" d=\"M{} {}C{} {} {} {} {} {}\"><title>{}</title></path>",
            sees.credential % COLOURS,
            number(x1),
            number(y1),
            number(x1),
            number(y1 + bend),
            number(x2),
            number(y2 - bend),
            number(x2),
            number(y2),
            escaped(&about(dag, sees.credential, sees.step, sees.engine_only))
        );
    }
}

/// The numbers of the credentials that a step sees, at its lower edge.
fn badges(out: &mut String, dag: &Dag, layout: &Layout, at: (f64, f64)) {
    let mut taken = vec![0_usize; layout.steps.len()];
    for sees in &dag.sees {
        let (Some(rect), Some(taken)) = (layout.steps.get(sees.step), taken.get_mut(sees.step)) else { continue };
        *taken += 1;
        if *taken > MOST_NUMBERS {
            continue;
        }
        let rect = moved(*rect, at);
        let (x, y) = (number(rect.x + 12.0 + 17.0 * (*taken - 1) as f64), rect.y + rect.height);
        let (class, digits) = if sees.engine_only { ("u", "d") } else { ("b", "d w") };
        let text = if *taken == MOST_NUMBERS { "...".to_owned() } else { (sees.credential + 1).to_string() };
        let _ = writeln!(
            out,
            "<g class=\"k{}\"><title>{}</title><circle class=\"{class}\" cx=\"{x}\" cy=\"{}\" r=\"8\"/><text class=\"{digits}\" x=\"{x}\" y=\"{}\">{text}</text></g>",
            sees.credential % COLOURS,
            escaped(&about(dag, sees.credential, sees.step, sees.engine_only)),
            number(y),
            number(y + 3.0)
        );
    }
}

fn about(dag: &Dag, credential: usize, step: usize, engine_only: bool) -> String {
    let credential = dag.credentials.get(credential).map_or("", |credential| credential.label.as_str());
    let step = dag.steps.get(step).map_or("", |node| node.id.as_str());
    format!("{step} sees {credential}{}", if engine_only { " in the Dagu engine" } else { "" })
}

fn rectangle(rect: &Rect, class: &str, round: f64) -> String {
    let [x, y, width, height] = [rect.x, rect.y, rect.width, rect.height].map(number);
    format!("<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{round}\"/>")
}

/// A number without needless digits.
fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// The text as far as there is room.
fn cut(text: &str, size: f64, room: f64) -> String {
    if text_width(text, size) <= room {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut width = 3.0 * 0.58 * size;
    for c in text.chars() {
        width += text_width(c.encode_utf8(&mut [0; 4]), size);
        if width > room {
            break;
        }
        out.push(c);
    }
    format!("{}...", out.trim_end())
}

/// A text in XML.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in shown(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
