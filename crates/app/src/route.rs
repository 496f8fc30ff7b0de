//! Where a person is: the part of the address behind `#`, so that reload and back work on any
//! static host.

use project::{DocNumber, ProjectId};

/// A screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Screen {
    Projects,
    Annotate,
    Align,
    Bases,
    Train,
    Compare,
    Export,
}

impl Screen {
    /// The screens of an open project, in the order of the bar.
    pub(crate) const OF_PROJECT: [Screen; 6] = [
        Screen::Annotate,
        Screen::Align,
        Screen::Bases,
        Screen::Train,
        Screen::Compare,
        Screen::Export,
    ];

    /// What the bar calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Screen::Projects => "Projects",
            Screen::Annotate => "Annotate",
            Screen::Align => "Align",
            Screen::Bases => "Bases",
            Screen::Train => "Train",
            Screen::Compare => "Compare",
            Screen::Export => "Export",
        }
    }

    fn slug(self) -> &'static str {
        match self {
            Screen::Projects => "projects",
            Screen::Annotate => "annotate",
            Screen::Align => "align",
            Screen::Bases => "bases",
            Screen::Train => "train",
            Screen::Compare => "compare",
            Screen::Export => "export",
        }
    }
}

/// A screen, of which project, and the text in front.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) screen: Screen,
    pub(crate) project: Option<ProjectId>,
    pub(crate) doc: Option<DocNumber>,
}

impl Route {
    /// All projects.
    pub(crate) const HOME: Route = Route { screen: Screen::Projects, project: None, doc: None };

    /// All bases, while no project is open.
    pub(crate) const BASES: Route = Route { screen: Screen::Bases, project: None, doc: None };

    /// A screen of a project.
    pub(crate) fn of(screen: Screen, project: &ProjectId) -> Self {
        Self { screen, project: Some(project.clone()), doc: None }
    }

    /// The same place with this text in front.
    pub(crate) fn with_doc(self, doc: DocNumber) -> Self {
        Self { doc: Some(doc), ..self }
    }

    /// Reads `#/PROJECT/SCREEN/TEXT`; texts are counted from 1 there. `#/bases` is the bases
    /// without a project. Whatever is not such an address is home.
    pub(crate) fn parse(hash: &str) -> Self {
        let mut parts = hash.trim_start_matches(['#', '/']).split('/');
        let project = parts.next().filter(|it| !it.is_empty() && *it != Screen::Projects.slug());
        if project == Some(Screen::Bases.slug()) {
            return Self::BASES;
        }
        let Some(project) = project.map(|it| ProjectId(it.to_owned())) else { return Self::HOME };
        let slug = parts.next().unwrap_or_default();
        let screen = Screen::OF_PROJECT.into_iter().find(|it| it.slug() == slug);
        let doc =
            parts.next().and_then(|it| it.parse::<u32>().ok()).and_then(|it| it.checked_sub(1));
        Self {
            screen: screen.unwrap_or(Screen::Annotate),
            project: Some(project),
            doc: doc.map(DocNumber),
        }
    }

    /// The address that [`Route::parse`] reads.
    pub(crate) fn hash(&self) -> String {
        match (&self.project, self.doc) {
            (None, _) => format!("#/{}", self.screen.slug()),
            (Some(project), None) => format!("#/{}/{}", project.0, self.screen.slug()),
            (Some(project), Some(doc)) => {
                format!("#/{}/{}/{}", project.0, self.screen.slug(), doc.0 + 1)
            }
        }
    }
}
