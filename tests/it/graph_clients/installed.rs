//! The clients: which there are, and the programs of the handbook. How each gets onto this machine says
//! `tests/clients/install`.

use crate::support::{self, output};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// A client, for which the handbook has a recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    Python,
    PythonBeta,
    JavaScript,
    Rust,
    Curl,
}

impl Client {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Python, Self::PythonBeta, Self::JavaScript, Self::Rust, Self::Curl];

    /// What its recipe calls a PC after.
    pub fn says(self) -> &'static str {
        match self {
            Self::Python => "Python",
            Self::PythonBeta => "Python beta",
            Self::JavaScript => "JavaScript",
            Self::Rust => "Rust",
            Self::Curl => "curl",
        }
    }

    /// What it says that a device is: a class, or the type as it came.
    pub fn type_of_devices(self) -> &'static str {
        match self {
            Self::Python => "ManagedDevice",
            Self::PythonBeta => "WindowsManagedDevice",
            Self::JavaScript | Self::Rust | Self::Curl => "#microsoft.graph.managedDevice",
        }
    }

    /// The recipe, ready to be run; else why it cannot be had.
    pub fn program(self) -> Result<Command, String> {
        match self {
            Self::Python => python("python"),
            Self::PythonBeta => python("python-beta"),
            Self::JavaScript => javascript(),
            Self::Rust => rust(),
            Self::Curl => curl(),
        }
    }
}

/// The page of the handbook that has the recipes.
pub fn handbook() -> String {
    fs::read_to_string(repository().join("docs/GRAPH.md")).unwrap()
}

/// The program under a heading's mark, as it stands in the handbook.
pub fn recipe(name: &str) -> String {
    let page = handbook();
    let mark = format!("<!-- recipe: {name} -->\n```");
    let (_, rest) = page.split_once(&mark).unwrap_or_else(|| panic!("no {mark}"));
    let (_, program) = rest.split_once('\n').unwrap();
    let (program, _) = program.split_once("\n```\n").unwrap();
    format!("{program}\n")
}

/// What is to be installed, as `pip` and `npm` are told it.
pub fn pins() -> Vec<String> {
    let requirements = fs::read_to_string(sources("python").join("requirements.txt")).unwrap();
    let sdks = requirements
        .lines()
        .filter(|line| line.starts_with("msgraph-") && line.contains("-sdk=="));
    let mut pins: Vec<String> = sdks.map(str::to_owned).collect();
    let package = fs::read_to_string(sources("javascript").join("package.json")).unwrap();
    let package: Value = serde_json::from_str(&package).unwrap();
    for (name, version) in package["dependencies"].as_object().unwrap() {
        pins.push(format!("{name}@{}", version.as_str().unwrap()));
    }
    assert_eq!(pins.len(), 3, "{pins:?}");
    pins
}

fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn sources(client: &str) -> PathBuf {
    repository().join("tests/clients").join(client)
}

fn python(name: &str) -> Result<Command, String> {
    let folder = support::installed("python")?;
    let file = folder.join(format!("{name}.py"));
    fs::write(&file, recipe(name)).unwrap();
    let mut command = Command::new(folder.join("venv/bin/python"));
    // What it compiles is for the next run too.
    command.arg(file).env_remove("PYTHONDONTWRITEBYTECODE");
    Ok(command)
}

fn javascript() -> Result<Command, String> {
    // Beside its library, and once, because two tests run it.
    static FILE: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let write = || {
        let file = support::installed("javascript")?.join("devices.mjs");
        fs::write(&file, recipe("javascript")).unwrap();
        Ok(file)
    };
    let mut command = Command::new("node");
    command.arg(FILE.get_or_init(write).clone()?);
    Ok(command)
}

fn rust() -> Result<Command, String> {
    Ok(Command::new(support::installed("rust")?.join("target/debug/devices")))
}

fn curl() -> Result<Command, String> {
    for tool in ["bash", "curl", "jq"] {
        output(Command::new(tool).arg("--version"))?;
    }
    let mut command = Command::new("bash");
    command.args(["-c", &recipe("curl"), "devices.sh"]);
    Ok(command)
}
