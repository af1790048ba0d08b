use super::harness_binary_not_in_image::is_base_image;
use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Diagnostic, Severity};
use crate::probe::{self, Image};
use crate::source::Span;
use crate::workflow::PullPolicy;

pub(super) static RULE: Rule = Rule {
    name: "image-not-present",
    severity: Severity::Error,
    confidence: Confidence::Likely,
    refused: false,
    summary: "An image that the container engine does not have, and that no run can fetch.",
    why: "With `pull_policy: never` the image has to be there when the container is made. With another policy it is fetched from the registry that its name begins with, and without one from Docker Hub: there a name of one word stands for an official image only. Such a name is reported as a warning. Of an image that a step on the host may build first, nothing is said.\n\nReported by `dagu-rs check --probe`, which asks the container engine.",
    grounds: "Measured on Dagu 2.15.1 and `dagu-rs run`: with `never`, the step, or for a root container the run, fails with `No such image`. Docker Hub keeps names of one word to its official images.",
    bad: "# probe: reports-runner:3 is not there\n\
        steps:\n\
        \x20 - id: report\n\
        \x20   container:\n\
        \x20     image: reports-runner:3\n\
        \x20     pull_policy: never\n\
        \x20   run: make-report\n",
    good: "# probe: reports-runner:3 has make-report\n\
        steps:\n\
        \x20 - id: report\n\
        \x20   container:\n\
        \x20     image: reports-runner:3\n\
        \x20     pull_policy: never\n\
        \x20   run: make-report\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers() {
        if let Some(image) = owned.container.image() {
            report(context, &image.value, image.span, owned.container.pull_policy, sink);
        }
    }
    for (step, node) in context.steps().filter_map(|step| Some((step, probe::run_image(step)?))) {
        let never = step.input().and_then(|with| with.get_some("pull")).is_some_and(|pull| pull.text() == Some("never"));
        if let Some(image) = node.text() {
            report(context, image, node.span, never.then_some(PullPolicy::Never), sink);
        }
    }
}

fn report(context: &Context<'_>, image: &str, span: Span, policy: Option<PullPolicy>, sink: &mut Sink) {
    if context.facts.images.get(image) != Some(&Image::Absent) {
        return;
    }
    let product = context.facts.engine.as_ref().map_or("the container engine", |engine| engine.product.as_str());
    let written = image;
    let image = context.facts.image_names.get(written).map_or(written, String::as_str);
    let named = if image == written { format!("`{image}`") } else { format!("`{image}`, for which `{written}` stands") };
    let build = if image.contains('$') { "build it".to_owned() } else { format!("build it (`docker build -t {image} .`)") };
    match policy {
        Some(PullPolicy::Never) => {
            let message = format!("{product} does not have the image {named}, and `pull_policy: never` forbids fetching it: the run fails");
            sink.push(sink.finding(span, message).help(format!("{build}, or fetch it before the run")));
        }
        // The rule about `:local` says what is to be done.
        Some(_) if is_one_word(image) && !image.ends_with(":local") => {
            let message = format!("{product} does not have the image {named}, and Docker Hub has no official image of that name to fetch");
            let help = format!("check the name, put its registry in front of it, or {build}");
            sink.push(Diagnostic { severity: Severity::Warning, ..sink.finding(span, message).help(help) });
        }
        _ => {}
    }
}

/// Whether an image is named by one word that is none of Docker Hub's official images.
fn is_one_word(image: &str) -> bool {
    let name = image.split(['@', ':']).next().unwrap_or_default();
    !image.contains(['/', '$']) && !name.is_empty() && !is_base_image(image) && !OFFICIAL.contains(&name)
}

/// Docker Hub's official images, beside those of systems and languages.
const OFFICIAL: &[&str] = &[
    "adminer", "aerospike", "amazoncorretto", "api-firewall", "arangodb", "backdrop", "bonita", "cassandra", "chronograf", "cirros", "clearlinux",
    "clefos", "clickhouse", "clojure", "convertigo", "couchbase", "couchdb", "crate", "dart", "drupal", "eclipse-mosquitto", "eggdrop",
    "elasticsearch", "emqx", "express-gateway", "flink", "fluentd", "friendica", "gazebo", "geonetwork", "ghost", "groovy", "haproxy", "haskell",
    "haxe", "hitch", "hylang", "ibm-semeru-runtimes", "ibmjava", "influxdb", "irssi", "jetty", "jobber", "joomla", "jruby", "kapacitor", "kibana",
    "kong", "krakend", "lightstreamer", "liquibase", "logstash", "mageia", "matomo", "mediawiki", "memcached", "mongo-express", "monica", "mono",
    "nats", "nats-streaming", "neo4j", "neurodebian", "nextcloud", "notary", "nuxeo", "odoo", "open-liberty", "opensuse", "orientdb", "percona",
    "phpmyadmin", "php-zendserver", "plone", "postfixadmin", "pypy", "r-base", "rabbitmq", "rakudo-star", "redmine", "registry", "rethinkdb",
    "rocket.chat", "ros", "sapmachine", "satosa", "silverpeas", "sl", "solr", "sonarqube", "sourcemage", "spark", "spiped", "storm", "swipl",
    "teamspeak", "telegraf", "thrift", "tomcat", "tomee", "traefik", "unit", "valkey", "varnish", "vault", "websphere-liberty", "wordpress",
    "xwiki", "yourls", "znc", "zookeeper", "consul", "nginx-unprivileged", "docker-dev", "hello-seattle", "ubuntu-debootstrap", "ubuntu-upstart",
    "iojs", "java", "known", "owncloud", "piwik", "rapidoid", "sentry", "swarm", "celery", "django", "rails", "fsharp", "glassfish", "crux",
    "euleros", "alt", "almalinux", "archlinux", "busybox", "azul-zulu", "golang", "dotnet",
];
