//! `workspace/configuration` and `workspace/didChangeConfiguration`: the settings, however the client hands them over.

use std::sync::{OnceLock, PoisonError, RwLock};

use serde_json::Value;
use tower_lsp::Client;
use tower_lsp::lsp_types as lsp;

use crate::settings::Settings;

/// The section of the client's settings.
const SECTION: &str = "dagu-rs";

/// The settings in it, by which they are known where a client sends them without its name.
const KEYS: [&str; 4] = ["diagnostics", "inlayHints", "semanticOnly", "trace"];

/// What the client can do with settings.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Traits {
    /// It can be asked for them.
    pub(crate) is_asked: bool,
    /// It can be told that they are wanted when they change.
    pub(crate) registers: bool,
}

impl Traits {
    /// As the client says.
    pub(crate) fn of(client: &lsp::ClientCapabilities) -> Self {
        let workspace = client.workspace.as_ref();
        let change = workspace.and_then(|workspace| workspace.did_change_configuration.as_ref());
        Self {
            is_asked: workspace.and_then(|workspace| workspace.configuration).unwrap_or(false),
            registers: change.and_then(|change| change.dynamic_registration).unwrap_or(false),
        }
    }
}

/// The settings as they are now.
#[derive(Default)]
pub(crate) struct Configuration {
    settings: RwLock<Settings>,
    /// Those with which the conversation began.
    first: OnceLock<Settings>,
    /// Held while the client is asked, so that the newest answer is taken last.
    asking: tokio::sync::Mutex<()>,
}

impl Configuration {
    /// The settings.
    pub(crate) fn settings(&self) -> Settings {
        self.settings.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes the settings with which the conversation begins.
    ///
    /// # Errors
    /// What is wrong with them: then all are as by default.
    pub(crate) fn begin(&self, options: &Value) -> Result<(), String> {
        let taken = self.take(options);
        self.first.get_or_init(|| self.settings());
        taken.map(drop)
    }

    /// Takes settings that the client has sent. Gives whether they are others than before. What is about others is left alone.
    ///
    /// # Errors
    /// What is wrong with them: then they are as before.
    pub(crate) fn take(&self, sent: &Value) -> Result<bool, String> {
        match sent.get(SECTION) {
            Some(own) => self.set(own),
            None if KEYS.iter().any(|key| sent.get(key).is_some()) => self.set(sent),
            None => Ok(false),
        }
    }

    /// `null` stands for settings that the client does not have.
    fn set(&self, own: &Value) -> Result<bool, String> {
        let new = match own {
            Value::Null => self.first.get().cloned().unwrap_or_default(),
            own => serde_json::from_value(own.clone()).map_err(|error| format!("the settings of dagu-rs are not used: {error}"))?,
        };
        let mut settings = self.settings.write().unwrap_or_else(PoisonError::into_inner);
        let is_new = *settings != new;
        *settings = new;
        Ok(is_new)
    }

    /// Asks the client for its settings. Gives whether they are others than before.
    ///
    /// # Errors
    /// What is wrong with them: then they are as before.
    pub(crate) async fn ask(&self, client: &Client) -> Result<bool, String> {
        let _one_after_the_other = self.asking.lock().await;
        let item = lsp::ConfigurationItem { scope_uri: None, section: Some(SECTION.to_owned()) };
        let answers = client.configuration(vec![item]).await.unwrap_or_default();
        answers.first().map_or(Ok(false), |answer| self.set(answer))
    }
}

/// What tells the client that changes of the settings are wanted.
pub(crate) fn registration() -> lsp::Registration {
    lsp::Registration {
        id: "dagu-rs/configuration".to_owned(),
        method: "workspace/didChangeConfiguration".to_owned(),
        register_options: Some(serde_json::json!({"section": SECTION})),
    }
}
