use leptos::prelude::*;

/// A picture on a 16 px grid, drawn in the colour of the words beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Icon {
    Accepted,
    Check,
    Clock,
    Copy,
    Cross,
    Cut,
    Dots,
    Down,
    Export,
    Filter,
    Flag,
    Half,
    Ignored,
    Info,
    Keyboard,
    Left,
    Lock,
    Menu,
    Moon,
    Pause,
    Pencil,
    Pin,
    Play,
    Plus,
    Rejected,
    Right,
    Search,
    Stop,
    Sun,
    ToDo,
    Trash,
    Undo,
    Upload,
    Warning,
}

impl Icon {
    fn path(self) -> &'static str {
        match self {
            Icon::Accepted => {
                r#"<circle cx="8" cy="8" r="5.8"/><path d="M5.4 8.3l1.8 1.8 3.5-3.8"/>"#
            }
            Icon::Check => r#"<path d="M3.2 8.4l3.3 3.3 6.4-7"/>"#,
            Icon::Clock => r#"<circle cx="8" cy="8" r="5.8"/><path d="M8 4.9V8l2.3 1.4"/>"#,
            Icon::Copy => {
                r#"<rect x="5.6" y="5.6" width="7.9" height="7.9" rx="1.6"/><path d="M10.3 3.4v-.9H2.5v7.8h.9"/>"#
            }
            Icon::Cross => r#"<path d="M4.2 4.2l7.6 7.6m0-7.6l-7.6 7.6"/>"#,
            Icon::Cut => r#"<path d="M8 1.8v12.4M1.8 5.6h4m4.4 0h4M1.8 10.4h4m4.4 0h4"/>"#,
            Icon::Dots => r#"<path d="M3.6 8h.01M8 8h.01m4.39 0h.01" stroke-width="2.3"/>"#,
            Icon::Down => r#"<path d="M4.4 6.3L8 9.9l3.6-3.6"/>"#,
            Icon::Export => r#"<path d="M8 2.6v7.6M5 7.3l3 3 3-3M3 11.4v2h10v-2"/>"#,
            Icon::Filter => r#"<path d="M2.4 4.2h11.2M4.4 8h7.2m-5.2 3.8h3.2"/>"#,
            Icon::Flag => r#"<path d="M4 13.8V2.6h7.7l-1.6 3 1.6 3H4"/>"#,
            Icon::Half => {
                r#"<circle cx="8" cy="8" r="5.8"/><path d="M8 2.2a5.8 5.8 0 010 11.6z" fill="currentColor"/>"#
            }
            Icon::Ignored => r#"<circle cx="8" cy="8" r="5.8"/><path d="M4 12l8-8"/>"#,
            Icon::Info => r#"<circle cx="8" cy="8" r="5.8"/><path d="M8 7.4v3.6M8 5h.01"/>"#,
            Icon::Keyboard => {
                r#"<rect x="1.6" y="4" width="12.8" height="8" rx="1.6"/><path d="M4.2 6.6h.01m2.5 0h.01m2.5 0h.01m2.5 0h.01M5.2 9.5h5.6"/>"#
            }
            Icon::Left => r#"<path d="M9.6 4.4L6 8l3.6 3.6"/>"#,
            Icon::Lock => {
                r#"<rect x="3.4" y="7" width="9.2" height="6.6" rx="1.6"/><path d="M5.4 7V5.2a2.6 2.6 0 015.2 0V7"/>"#
            }
            Icon::Menu => r#"<path d="M2.6 4.4h10.8M2.6 8h10.8M2.6 11.6h10.8"/>"#,
            Icon::Moon => r#"<path d="M13.2 9.6A5.6 5.6 0 016.4 2.8a5.6 5.6 0 106.8 6.8z"/>"#,
            Icon::Pause => r#"<path d="M5.4 3.6v8.8M10.6 3.6v8.8" stroke-width="2"/>"#,
            Icon::Pencil => r#"<path d="M2.9 13.1l.7-3 7-7 2.3 2.3-7 7z"/>"#,
            Icon::Pin => r#"<path d="M6 2.6h4l-.5 4 2 2.4h-7l2-2.4zM8 9v4.6"/>"#,
            Icon::Play => r#"<path d="M5.2 3.4v9.2L12.6 8z" fill="currentColor"/>"#,
            Icon::Plus => r#"<path d="M8 3.4v9.2M3.4 8h9.2"/>"#,
            Icon::Rejected => r#"<circle cx="8" cy="8" r="5.8"/><path d="M6 6l4 4m0-4l-4 4"/>"#,
            Icon::Right => r#"<path d="M6.4 4.4L10 8l-3.6 3.6"/>"#,
            Icon::Search => r#"<circle cx="7" cy="7" r="4.4"/><path d="M10.4 10.4l3.1 3.1"/>"#,
            Icon::Stop => {
                r#"<rect x="4" y="4" width="8" height="8" rx="1.2" fill="currentColor"/>"#
            }
            Icon::Sun => {
                r#"<circle cx="8" cy="8" r="2.9"/><path d="M8 1.6v1.2m0 10.4v1.2M1.6 8h1.2m10.4 0h1.2M3.5 3.5l.8.8m7.4 7.4l.8.8m0-9l-.8.8m-7.4 7.4l-.8.8"/>"#
            }
            Icon::ToDo => r#"<circle cx="8" cy="8" r="5.8"/>"#,
            Icon::Trash => r#"<path d="M3 4.4h10M6 4.4V2.9h4v1.5M4.4 4.4l.7 9.2h5.8l.7-9.2"/>"#,
            Icon::Undo => {
                r#"<path d="M3 6.4h6.4a3.6 3.6 0 010 7.2H7M3 6.4l2.8-2.8M3 6.4l2.8 2.8"/>"#
            }
            Icon::Upload => r#"<path d="M8 10.4V2.8M5 5.7l3-3 3 3M3 11.2v2.2h10v-2.2"/>"#,
            Icon::Warning => r#"<path d="M8 2.6l5.9 10.4H2.1z"/><path d="M8 6.6v2.9m0 1.8h.01"/>"#,
        }
    }
}

/// An icon. It stands beside a word or in a named button, so readers skip it.
#[component]
pub(crate) fn Picture(
    /// Which.
    of: Icon,
) -> impl IntoView {
    view! { <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" inner_html=of.path()></svg> }
}

/// The bloom: six narrow petals that curl back, long stamens, one stem.
#[component]
pub(crate) fn Brand(
    /// Width and height in CSS pixels.
    #[prop(default = 24)]
    size: u32,
) -> impl IntoView {
    const PETAL: &str =
        "M0 0C-2.5-2.7-3-6-1.8-8.8c.5-1.3 1.9-2.4 3.9-2.3-.9.9-1.1 1.9-.6 3.4C2.3-5 1.9-2.3 0 0z";
    let petal = |(angle, shade): (i32, &'static str)| {
        view! {
            <g transform=format!("translate(16 13.5) rotate({angle})")>
                <path d=PETAL fill=shade></path>
                <path d="M0-.6C-.4-3.4-.3-6 .3-8.4" stroke="#c2568f" stroke-width=".7" fill="none"></path>
            </g>
        }
    };
    let petals = [
        (-128, "#f0a0cb"),
        (128, "#f0a0cb"),
        (-76, "#f4b3d6"),
        (76, "#f4b3d6"),
        (-26, "#f9c4e0"),
        (26, "#f9c4e0"),
    ];
    view! {
        <svg viewBox="0 0 32 32" width=size height=size aria-hidden="true">
            <path d="M16.2 14c.8 5 .4 10.400-1.500 16.500" fill="none" stroke="#37764f" stroke-width="2" stroke-linecap="round"></path>
            {petals.map(petal)}
            <circle cx="16" cy="13.500" r="1.900" fill="#c2568f"></circle>
        </svg>
    }
}
