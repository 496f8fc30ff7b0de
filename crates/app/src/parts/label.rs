use corpus::LabelDef;
use leptos::prelude::*;

/// The class that gives a slot's colours, and stripes to the second eight.
pub(crate) fn slot_class(slot: u8) -> String {
    match slot {
        9..=16 => format!("L{slot} striped"),
        _ => format!("L{slot}"),
    }
}

/// A slot's shape, the second cue beside its colour.
#[component]
pub(crate) fn Shape(
    /// The label's slot. (`slot` itself means something else in a view.)
    of: u8,
) -> impl IntoView {
    let slot = of;
    view! {
        <svg class=format!("shape L{slot}") viewBox="0 0 10 10" aria-hidden="true"><path d=shape_path(slot)></path></svg>
    }
}

/// A slot's shape as SVG writes a path, in a box of 10 by 10.
pub(crate) fn shape_path(slot: u8) -> &'static str {
    match slot {
        0 => "M1 4h8v2H1z",
        slot => match (slot - 1) % 8 {
            0 => "M5 1a4 4 0 110 8 4 4 0 010-8z",
            1 => "M5 .8l4.400 8.200H.6z",
            2 => "M1.300 1.300h7.400v7.400H1.300z",
            3 => "M5 .3L9.700 5 5 9.700.3 5z",
            4 => "M.6 1h8.800L5 9.200z",
            5 => "M3.600.6h2.800v3h3v2.800h-3v3H3.600v-3h-3V3.600h3z",
            6 => "M2.700.8h4.600L9.700 5 7.300 9.200H2.700L.3 5z",
            _ => {
                "M5 .3l1.400 3.100 3.400.4-2.500 2.300.7 3.400-3-1.700-3 1.700.7-3.400L.2 3.800l3.400-.4z"
            }
        },
    }
}

/// A label with its colour, line and shape.
#[component]
pub(crate) fn LabelChip(
    /// The label.
    def: LabelDef,
) -> impl IntoView {
    view! {
        <span class=format!("label-chip {}", slot_class(def.slot))>
            <Shape of=def.slot/>
            <bdi>{def.label.to_string()}</bdi>
        </span>
    }
}
