use super::sub_dag_misspelt::called;
use super::{Context, Rule, Sink, listed};
use crate::diagnostic::{Fix, Safety, Severity};
use crate::suggest::nearest;
use crate::workflow::{Workflow, env};

pub(super) static RULE: Rule = Rule {
    name: "sub-dag-parameter-undeclared",
    severity: Severity::Error,
    refused: false,
    summary: "A step passes a sub-DAG of the same file a parameter that it does not declare.",
    why: "Once a DAG names its parameters, it takes no others, and the step that passes one fails.",
    grounds: "Engine, by runs: `unknown parameter(s): \"NAME\"; accepted parameters are: ...`. Its `validate` says nothing.",
    bad: "steps:\n\
        \x20 - id: deploy\n\
        \x20   action: dag.run\n\
        \x20   with:\n\
        \x20     dag: deploy-one\n\
        \x20     params:\n\
        \x20       regoin: eu\n\
        ---\n\
        name: deploy-one\n\
        params:\n\
        \x20 - region: us\n\
        steps:\n\
        \x20 - id: deploy\n\
        \x20   run: ./deploy.sh ${params.region}\n",
    good: "steps:\n\
        \x20 - id: deploy\n\
        \x20   action: dag.run\n\
        \x20   with:\n\
        \x20     dag: deploy-one\n\
        \x20     params:\n\
        \x20       region: eu\n\
        ---\n\
        name: deploy-one\n\
        params:\n\
        \x20 - region: us\n\
        steps:\n\
        \x20 - id: deploy\n\
        \x20   run: ./deploy.sh ${params.region}\n",
    absence: true,
    check: Some(check),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let is_position = |name: &str| name.chars().all(|c| c.is_ascii_digit());
    let documents: std::collections::HashMap<&str, &Workflow> =
        context.workflows.iter().skip(1).filter_map(|workflow| Some((workflow.name.as_ref()?.value.as_str(), workflow))).collect();
    if documents.is_empty() {
        return;
    }
    for step in context.workflow.every_step() {
        let Some(document) = called(step).and_then(|name| documents.get(name.text()?)) else { continue };
        let external = document.node.get("params").is_some_and(|params| params.get("schema").is_some());
        let declared: Vec<&str> = document.params.iter().map(|param| param.name.value.as_str()).collect();
        let given = if step.node.get("call").is_some() { step.node.get("params") } else { step.input().and_then(|with| with.get("params")) };
        let Some(given) = given.filter(|_| !external && !declared.iter().all(|name| is_position(name))) else { continue };
        for param in env::params(context.tree, given) {
            let name = param.name.value.as_str();
            if is_position(name) || !env::is_variable_name(name) || declared.contains(&name) {
                continue;
            }
            let finding = sink.finding(param.name.span, format!("the sub-DAG takes no parameter `{name}`, so the step fails: it declares {}", listed(declared.iter().copied())));
            sink.push(match nearest(name, declared.iter().copied()) {
                Some(near) => {
                    let declaration = document.params.iter().find(|param| param.name.value == near).map_or(param.name.span, |param| param.name.span);
                    finding
                        .related(declaration, format!("`{near}` is declared here"))
                        .help(format!("did you mean `{near}`?"))
                        .fix(Fix::replace(format!("Rename to `{near}`"), Safety::Unsafe, param.name.span, near))
                }
                None => finding.help(format!("declare `{name}` in the sub-DAG's `params`")),
            });
        }
    }
}
