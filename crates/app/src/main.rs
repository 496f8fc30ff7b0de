//! The page: screens, components, and the handles of the workers.

mod browser;
mod keys;
mod parts;
mod route;
mod screens;
mod shell;
mod state;
mod workers;

use screen::words;

fn main() {
    browser::show_panics();
    leptos::mount::mount_to_body(shell::Shell);
}
