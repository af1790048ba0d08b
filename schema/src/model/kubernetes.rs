//! Kubernetes jobs: `kubernetes` at the root, the `with` of `k8s.run`, and the objects in both.
//!
//! The engine holds them against a JSON Schema of its own, which knows fewer fields than
//! Kubernetes does. What only several fields together can get wrong is for
//! `kubernetes-object-invalid` to say.

use super::{Field, Object, Other, Reading, Shape, TEXTS, Word, word};

/// `kubernetes` at the root.
pub(super) static KUBERNETES: Object = Object {
    name: "kubernetes",
    doc: "What every `k8s.run` step starts from.",
    fields: FIELDS,
    other: Other::Rejected,
    reading: Reading::Strict,
};

pub(super) const FIELDS: &[Field] = &[
    Field::new("image", Shape::Text, "The image to run.").example("alpine:3.20"),
    Field::new("namespace", Shape::Text, "The namespace of the job.").default("default"),
    Field::new("kubeconfig", Shape::Text, "The path of the cluster's configuration.").default("~/.kube/config"),
    Field::new("context", Shape::Text, "The context of the configuration."),
    Field::new("service_account", Shape::Text, "The service account of the pod."),
    Field::new("working_dir", Shape::Text, "The directory in the container in which the command starts."),
    Field::new("image_pull_policy", Shape::OneOf(&[Shape::Word(PULL_POLICIES), Shape::Text]), "When the node pulls the image."),
    Field::new("image_pull_secrets", TEXTS, "The names of the secrets that hold the registry's credentials.").example("[registry]"),
    Field::new("env", ENV, "Variables, as Kubernetes writes them: `name` with `value` or `value_from`.")
        .example("\n  - name: MODE\n    value: batch"),
    Field::new("env_from", ENV_FROM_ITEMS, "Config maps and secrets whose entries become variables.")
        .example("\n  - secret_ref: {name: settings}"),
    Field::new("resources", Shape::Object(&RESOURCES), "Requests and limits of processor and memory.").example("{limits: {memory: 256Mi}}"),
    Field::new("node_selector", LABELS, "Labels that the node must have.").example("{disktype: ssd}"),
    Field::new("tolerations", TOLERATIONS, "Taints of nodes that do not keep the pod away.")
        .example("\n  - key: batch\n    operator: Exists"),
    Field::new("security_context", Shape::Object(&SECURITY_CONTEXT), "User and privileges of the container.")
        .example("{run_as_non_root: true}"),
    Field::new("pod_security_context", Shape::Object(&POD_SECURITY_CONTEXT), "User, groups and privileges of the pod.")
        .example("{fs_group: 1000}"),
    Field::new("affinity", Shape::Object(&AFFINITY), "Rules on which nodes, and beside which pods, the pod may be placed."),
    Field::new("termination_grace_period_seconds", Shape::IntIn(0, i64::MAX), "Seconds between the request to end and the kill."),
    Field::new("priority_class_name", Shape::Text, "The priority class of the pod."),
    Field::new("labels", LABELS, "Labels of the job and the pod."),
    Field::new("annotations", LABELS, "Annotations of the job and the pod."),
    Field::new("volumes", VOLUMES, "Volumes of the pod: a `name` and one source each.").example("\n  - name: cache\n    empty_dir: {}"),
    Field::new("volume_mounts", VOLUME_MOUNTS, "Where the volumes appear in the container.")
        .example("\n  - name: cache\n    mount_path: /cache"),
    Field::new("active_deadline", Shape::IntIn(0, i64::MAX), "Seconds after which the job is stopped."),
    Field::new("backoff_limit", Shape::IntIn(0, i64::MAX), "How often the job starts a failed pod again.").default("0"),
    Field::new("ttl_after_finished", Shape::IntIn(0, i64::MAX), "Seconds after which a finished job is removed."),
    Field::new("cleanup_policy", Shape::OneOf(&[Shape::Word(CLEANUP_POLICIES), Shape::Text]), "What becomes of the job afterwards.")
        .default("delete"),
    Field::new("pod_failure_policy", Shape::Object(&POD_FAILURE_POLICY), "What a failed pod means, by exit code or condition."),
];

const PULL_POLICIES: &[Word] = &[
    word("Always", "Before each start."),
    word("IfNotPresent", "When the node does not have it."),
    word("Never", "Never."),
    word("", "By the tag of the image."),
];
const CLEANUP_POLICIES: &[Word] = &[word("delete", "Removed."), word("keep", "Kept."), word("", "delete.")];

/// A mapping that rejects null.
const fn object(name: &'static str, doc: &'static str, fields: &'static [Field]) -> Object {
    Object { name, doc, fields, other: Other::Rejected, reading: Reading::Strict }
}

/// A mapping from names of the author's choice to text.
const fn texts(name: &'static str, doc: &'static str) -> Object {
    Object { name, doc, fields: &[], other: Other::Named(&Shape::Text), reading: Reading::Strict }
}

const LABELS: Shape = Shape::Object(&LABEL_TEXTS);
static LABEL_TEXTS: Object = texts("mapping", "Names and values, both text.");

/// The engine makes an item of each entry of a mapping here, so that one with nothing but a `name`
/// gets through.
const ENV: Shape = Shape::OneOf(&[ENV_VARS, Shape::Object(&SPLIT_ENV)]);

static SPLIT_ENV: Object = object(
    "kubernetes env",
    "A name alone: the engine takes it for a variable without a value.",
    &[Field::new("name", Shape::Text, "The name of the variable.")],
);

const ENV_VARS: Shape = Shape::List(&Shape::Object(&ENV_VAR));
static ENV_VAR: Object = object(
    "variable",
    "A variable of the container.",
    &[
        Field::new("name", Shape::Text, "The name of the variable.").example("MODE").required(),
        Field::new("value", Shape::Text, "Its value, as text: numbers and booleans are quoted.").example("batch"),
        Field::new("value_from", Shape::Object(&ENV_SOURCE), "Where the cluster takes the value from, in place of `value`."),
    ],
);

static ENV_SOURCE: Object = object(
    "value_from",
    "Where a variable's value comes from: exactly one of these.",
    &[
        Field::new("secret_key_ref", Shape::Object(&KEY_REF), "One entry of a secret.").example("{name: database, key: password}"),
        Field::new("config_map_key_ref", Shape::Object(&KEY_REF), "One entry of a config map.").example("{name: settings, key: mode}"),
        Field::new("field_ref", Shape::Object(&FIELD_REF), "A field of the pod itself.").example("{field_path: metadata.name}"),
    ],
);

static KEY_REF: Object = object(
    "key reference",
    "One entry of a secret or a config map. The object must exist: there is no `optional`.",
    &[
        Field::new("name", Shape::Text, "The name of the secret or the config map.").example("database").required(),
        Field::new("key", Shape::Text, "The key of the entry in it.").example("password").required(),
    ],
);

static FIELD_REF: Object = object(
    "field_ref",
    "A field of the pod.",
    &[Field::new("field_path", Shape::Text, "The path of the field.").example("metadata.name").required()],
);

const ENV_FROM_ITEMS: Shape = Shape::List(&Shape::Object(&ENV_FROM));
static ENV_FROM: Object = object(
    "env_from entry",
    "A secret or a config map, exactly one of them, whose entries all become variables.",
    &[
        Field::new("secret_ref", Shape::Object(&ENV_FROM_REF), "The secret.").example("{name: settings}"),
        Field::new("config_map_ref", Shape::Object(&ENV_FROM_REF), "The config map.").example("{name: settings}"),
        Field::new("prefix", Shape::Text, "What is put before each name.").example("APP_"),
    ],
);

static ENV_FROM_REF: Object = object(
    "reference",
    "A secret or a config map, by name.",
    &[Field::new("name", Shape::Text, "The name of the secret or the config map.").example("settings").required()],
);

static RESOURCES: Object = object(
    "resources",
    "How much of the node the container is promised, and how much it may take.",
    &[
        Field::new("requests", QUANTITIES, "What the node must have left for the pod to be placed there.")
            .example("{cpu: 250m, memory: 128Mi}"),
        Field::new("limits", QUANTITIES, "What the container may take at most.").example("{cpu: \"1\", memory: 256Mi}"),
    ],
);

const QUANTITIES: Shape = Shape::Object(&QUANTITY_TEXTS);
static QUANTITY_TEXTS: Object = Object {
    name: "resources",
    doc: "Amounts by resource, as text: `500m` is half a core, `256Mi` is memory. A bare number is quoted.",
    fields: &[
        Field::new("cpu", Shape::Text, "Cores, or thousandths of one: `\"2\"`, `500m`.").example("500m"),
        Field::new("memory", Shape::Text, "Memory: `256Mi`, `1Gi`.").example("256Mi"),
        Field::new("ephemeral-storage", Shape::Text, "Space on the node's disk: `1Gi`.").example("1Gi"),
    ],
    other: Other::Named(&Shape::Text),
    reading: Reading::Strict,
};

const TOLERATIONS: Shape = Shape::List(&Shape::Object(&TOLERATION));
static TOLERATION: Object = object(
    "toleration",
    "A taint that does not keep the pod away. Without `key` it is any taint, without `effect` any effect of it.",
    &[
        Field::new("key", Shape::Text, "The key of the taint.").example("batch"),
        Field::new("operator", Shape::OneOf(&[Shape::Word(TOLERATION_OPERATORS), Shape::Text]), "What must be so about the taint's value.")
            .default("Equal"),
        Field::new("value", Shape::Text, "The value of the taint, for `operator: Equal`.").example("only"),
        Field::new("effect", Shape::OneOf(&[Shape::Word(TAINT_EFFECTS), Shape::Text]), "What the taint would do to the pod."),
    ],
);

const TOLERATION_OPERATORS: &[Word] = &[word("Equal", "It is `value`."), word("Exists", "Nothing: the key is enough.")];
const TAINT_EFFECTS: &[Word] = &[
    word("NoSchedule", "Keeps it away."),
    word("PreferNoSchedule", "Keeps it away where there is another node."),
    word("NoExecute", "Keeps it away, and evicts it when it is there."),
];

const ID: Shape = Shape::IntIn(0, i64::MAX);

static SECURITY_CONTEXT: Object = object(
    "security_context",
    "User and privileges of the container.",
    &[
        Field::new("run_as_user", ID, "The number of the user.").example("1000"),
        Field::new("run_as_group", ID, "The number of the group.").example("1000"),
        Field::new("run_as_non_root", Shape::Bool, "Whether the container is not started as root.").example("true"),
        Field::new("privileged", Shape::Bool, "Whether it may do what root on the node may.").default("false"),
        Field::new("read_only_root_filesystem", Shape::Bool, "Whether its own file system cannot be written to.").default("false"),
        Field::new("allow_privilege_escalation", Shape::Bool, "Whether a process may gain more privileges than its parent has."),
        Field::new("capabilities", Shape::Object(&CAPABILITIES), "Capabilities of the Linux kernel, given or taken away.")
            .example("{drop: [ALL]}"),
        Field::new("seccomp_profile", Shape::Object(&SECCOMP_PROFILE), "The filter of system calls.").example("{type: RuntimeDefault}"),
    ],
);

static CAPABILITIES: Object = object(
    "capabilities",
    "Capabilities of the Linux kernel, without their `CAP_`.",
    &[
        Field::new("add", TEXTS, "Those that the container gets in addition.").example("[NET_ADMIN]"),
        Field::new("drop", TEXTS, "Those that it loses.").example("[ALL]"),
    ],
);

static SECCOMP_PROFILE: Object = object(
    "seccomp_profile",
    "The filter of system calls.",
    &[
        Field::new("type", Shape::Word(SECCOMP_TYPES), "Which filter.").example("RuntimeDefault"),
        Field::new("localhost_profile", Shape::Text, "The file with the filter, on the node: with `type: Localhost`, and only then.")
            .example("profiles/audit.json"),
    ],
);

const SECCOMP_TYPES: &[Word] = &[
    word("RuntimeDefault", "That of the container runtime."),
    word("Unconfined", "None."),
    word("Localhost", "A file on the node: `localhost_profile`."),
];

static POD_SECURITY_CONTEXT: Object = object(
    "pod_security_context",
    "User, groups and privileges of the pod.",
    &[
        Field::new("run_as_user", ID, "The number of the user.").example("1000"),
        Field::new("run_as_group", ID, "The number of the group.").example("1000"),
        Field::new("run_as_non_root", Shape::Bool, "Whether containers are not started as root.").example("true"),
        Field::new("fs_group", ID, "The number of the group that owns the volumes.").example("1000"),
        Field::new("fs_group_change_policy", Shape::Word(FS_GROUP_POLICIES), "When the files of a volume are given to `fs_group`.")
            .default("Always"),
        Field::new("supplemental_groups", Shape::List(&ID), "Numbers of further groups.").example("[2000]"),
        Field::new("sysctls", SYSCTLS, "Settings of the kernel for the pod."),
        Field::new("seccomp_profile", Shape::Object(&SECCOMP_PROFILE), "The filter of system calls.").example("{type: RuntimeDefault}"),
    ],
);

const FS_GROUP_POLICIES: &[Word] =
    &[word("Always", "At each mount."), word("OnRootMismatch", "When the volume's own directory is not the group's yet.")];

const SYSCTLS: Shape = Shape::List(&Shape::Object(&SYSCTL));
static SYSCTL: Object = object(
    "sysctl",
    "A setting of the kernel.",
    &[
        Field::new("name", Shape::Text, "The setting.").example("net.core.somaxconn").required(),
        Field::new("value", Shape::Text, "Its value, as text.").example("\"1024\"").required(),
    ],
);

const VOLUMES: Shape = Shape::List(&Shape::Object(&VOLUME));
static VOLUME: Object = object(
    "volume",
    "A volume of the pod: a name and exactly one source.",
    &[
        Field::new("name", Shape::Text, "The name that `volume_mounts` uses.").example("cache").required(),
        Field::new("empty_dir", Shape::Object(&EMPTY_DIR), "An empty directory that lives as long as the pod.").example("{}"),
        Field::new("secret", Shape::Object(&SECRET_VOLUME), "A secret, with a file for each entry.").example("{secret_name: credentials}"),
        Field::new("config_map", Shape::Object(&CONFIG_MAP_VOLUME), "A config map, with a file for each entry.")
            .example("{name: settings}"),
        Field::new("host_path", Shape::Object(&HOST_PATH), "A file or directory of the node.").example("{path: /data}"),
        Field::new("persistent_volume_claim", Shape::Object(&VOLUME_CLAIM), "A claim on storage that outlives the pod.")
            .example("{claim_name: data}"),
    ],
);

static EMPTY_DIR: Object = object(
    "empty_dir",
    "An empty directory that lives as long as the pod.",
    &[
        Field::new("medium", Shape::OneOf(&[Shape::Word(MEDIA), Shape::Text]), "Where it is kept; without it on the node's disk."),
        Field::new("size_limit", Shape::Text, "How large it may become, as a quantity in text.").example("1Gi"),
    ],
);

const MEDIA: &[Word] = &[word("Memory", "In memory, and counted as the container's."), word("", "On the node's disk.")];

static SECRET_VOLUME: Object = object(
    "secret volume",
    "A secret, with a file for each entry.",
    &[Field::new("secret_name", Shape::Text, "The name of the secret.").example("credentials").required()],
);

static CONFIG_MAP_VOLUME: Object = object(
    "config_map volume",
    "A config map, with a file for each entry.",
    &[Field::new("name", Shape::Text, "The name of the config map.").example("settings").required()],
);

static HOST_PATH: Object = object(
    "host_path",
    "A file or directory of the node.",
    &[
        Field::new("path", Shape::Text, "The path on the node.").example("/data").required(),
        Field::new(
            "type",
            Shape::OneOf(&[Shape::Word(HOST_PATH_TYPES), Shape::Text]),
            "What must be there, or is made; without it anything.",
        ),
    ],
);

const HOST_PATH_TYPES: &[Word] = &[
    word("Directory", "A directory."),
    word("DirectoryOrCreate", "A directory, made when there is none."),
    word("File", "A file."),
    word("FileOrCreate", "A file, made when there is none."),
    word("Socket", "A Unix socket."),
    word("CharDevice", "A character device."),
    word("BlockDevice", "A block device."),
    word("", "Anything."),
];

static VOLUME_CLAIM: Object = object(
    "persistent_volume_claim",
    "A claim on storage that outlives the pod.",
    &[
        Field::new("claim_name", Shape::Text, "The name of the claim.").example("data").required(),
        Field::new("read_only", Shape::Bool, "Whether it cannot be written to.").default("false"),
    ],
);

const VOLUME_MOUNTS: Shape = Shape::List(&Shape::Object(&VOLUME_MOUNT));
static VOLUME_MOUNT: Object = object(
    "volume mount",
    "Where a volume appears in the container.",
    &[
        Field::new("name", Shape::Text, "The name of the volume under `volumes`.").example("cache").required(),
        Field::new("mount_path", Shape::Text, "The path in the container.").example("/cache").required(),
        Field::new("sub_path", Shape::Text, "A path in the volume that is mounted in place of the whole.").example("reports"),
        Field::new("read_only", Shape::Bool, "Whether it cannot be written to there.").default("false"),
    ],
);

static AFFINITY: Object = object(
    "affinity",
    "Rules on which nodes, and beside which pods, the pod may be placed.",
    &[
        Field::new("node_affinity", Shape::Object(&NODE_AFFINITY), "By the labels of the node."),
        Field::new("pod_affinity", Shape::Object(&POD_AFFINITY), "Where pods with these labels are."),
        Field::new("pod_anti_affinity", Shape::Object(&POD_AFFINITY), "Where pods with these labels are not."),
    ],
);

const REQUIRED: &str = "required_during_scheduling_ignored_during_execution";
const PREFERRED: &str = "preferred_during_scheduling_ignored_during_execution";
const WEIGHT: Field =
    Field::new("weight", Shape::IntIn(1, 100), "How much it counts beside other preferences, from 1 to 100.").example("50").required();

static NODE_AFFINITY: Object = object(
    "node_affinity",
    "Rules on the labels of the node.",
    &[
        Field::new(REQUIRED, Shape::Object(&NODE_SELECTOR), "What must hold for the pod to be placed on a node."),
        Field::new(PREFERRED, NODE_PREFERENCES, "What makes a node the better choice."),
    ],
);

static NODE_SELECTOR: Object = object(
    "node selector",
    "Terms, of which one must hold.",
    &[Field::new("node_selector_terms", NODE_TERMS, "The terms; one that holds is enough.")],
);

const NODE_TERMS: Shape = Shape::List(&Shape::Object(&NODE_TERM));
static NODE_TERM: Object = object(
    "node selector term",
    "Conditions on the labels of a node, which must all hold.",
    &[Field::new("match_expressions", NODE_CONDITIONS, "The conditions; all must hold.")],
);

const NODE_PREFERENCES: Shape = Shape::List(&Shape::Object(&NODE_PREFERENCE));
static NODE_PREFERENCE: Object = object(
    "node preference",
    "What makes a node the better choice.",
    &[WEIGHT, Field::new("preference", Shape::Object(&NODE_TERM), "What should hold of the node.").required()],
);

const KEY: Field = Field::new("key", Shape::Text, "The key of the label.").example("disktype").required();
const VALUES: Field = Field::new(
    "values",
    TEXTS,
    "The values that the operator speaks of: at least one for `In` and `NotIn`, one number for `Gt` and `Lt`, none for the others.",
)
.example("[ssd]");

const NODE_CONDITIONS: Shape = Shape::List(&Shape::Object(&NODE_CONDITION));
static NODE_CONDITION: Object = object(
    "condition",
    "A condition on a label of the node.",
    &[KEY, Field::new("operator", Shape::Word(NODE_OPERATORS), "What must be so about the label.").example("In").required(), VALUES],
);

const LABEL_CONDITIONS: Shape = Shape::List(&Shape::Object(&LABEL_CONDITION));
static LABEL_CONDITION: Object = object(
    "condition",
    "A condition on a label.",
    &[KEY, Field::new("operator", Shape::Word(LABEL_OPERATORS), "What must be so about the label.").example("In").required(), VALUES],
);

const IN: Word = word("In", "It is one of `values`.");
const NOT_IN: Word = word("NotIn", "It is none of `values`.");
const EXISTS: Word = word("Exists", "It is there.");
const DOES_NOT_EXIST: Word = word("DoesNotExist", "It is not there.");
const LABEL_OPERATORS: &[Word] = &[IN, NOT_IN, EXISTS, DOES_NOT_EXIST];
const NODE_OPERATORS: &[Word] =
    &[IN, NOT_IN, EXISTS, DOES_NOT_EXIST, word("Gt", "It is a number above `values`."), word("Lt", "It is a number below `values`.")];

static POD_AFFINITY: Object = object(
    "pod affinity",
    "Rules on the pods that run already.",
    &[
        Field::new(REQUIRED, POD_TERMS, "What must hold for the pod to be placed on a node; all of it."),
        Field::new(PREFERRED, POD_PREFERENCES, "What makes a node the better choice."),
    ],
);

const POD_TERMS: Shape = Shape::List(&Shape::Object(&POD_TERM));
static POD_TERM: Object = object(
    "pod affinity term",
    "Pods, by label and namespace, and how near is near.",
    &[
        Field::new("topology_key", Shape::Text, "The label whose value nodes that are near each other share.")
            .example("kubernetes.io/hostname")
            .required(),
        Field::new("label_selector", Shape::Object(&LABEL_SELECTOR), "The pods, by label.").example("{match_labels: {app: cache}}"),
        Field::new("namespaces", TEXTS, "The namespaces of the pods; without any, that of the job.").example("[batch]"),
        Field::new("namespace_selector", Shape::Object(&LABEL_SELECTOR), "The namespaces of the pods, by label."),
    ],
);

const POD_PREFERENCES: Shape = Shape::List(&Shape::Object(&POD_PREFERENCE));
static POD_PREFERENCE: Object = object(
    "pod preference",
    "What makes a node the better choice.",
    &[WEIGHT, Field::new("pod_affinity_term", Shape::Object(&POD_TERM), "The pods, and how near is near.").required()],
);

static LABEL_SELECTOR: Object = object(
    "label selector",
    "Conditions on labels, which must all hold.",
    &[
        Field::new("match_labels", LABELS, "Labels and the values that they must have.").example("{app: cache}"),
        Field::new("match_expressions", LABEL_CONDITIONS, "Further conditions; all must hold."),
    ],
);

static POD_FAILURE_POLICY: Object = object(
    "pod_failure_policy",
    "What a failed pod means for the job.",
    &[Field::new("rules", POD_FAILURE_RULES, "At most 20 rules; the first that matches the failed pod counts.")
        .example("\n  - action: FailJob\n    on_exit_codes: {operator: In, values: [42]}")],
);

const POD_FAILURE_RULES: Shape = Shape::List(&Shape::Object(&POD_FAILURE_RULE));
static POD_FAILURE_RULE: Object = object(
    "pod failure rule",
    "An action, with the exit codes or the conditions of the pod, exactly one of the two, that call for it.",
    &[
        Field::new("action", Shape::Word(POD_FAILURE_ACTIONS), "What the failed pod means for the job.").example("FailJob").required(),
        Field::new("on_exit_codes", Shape::Object(&ON_EXIT_CODES), "The exit codes.").example("{operator: In, values: [42]}"),
        Field::new("on_pod_conditions", ON_POD_CONDITIONS, "The conditions of the pod, at most 20.").example("[{type: DisruptionTarget}]"),
    ],
);

const POD_FAILURE_ACTIONS: &[Word] = &[
    word("FailJob", "The job fails at once."),
    word("Ignore", "It does not count towards `backoff_limit`; another pod is started."),
    word("Count", "It counts towards `backoff_limit`, as without a policy."),
];

static ON_EXIT_CODES: Object = object(
    "on_exit_codes",
    "Exit codes of the container.",
    &[
        Field::new("operator", Shape::Word(EXIT_CODE_OPERATORS), "Whether the exit code is one of `values`.").example("In").required(),
        Field::new("values", Shape::NonEmptyList(&Shape::Int), "From 1 to 255 different exit codes; 0 only with `NotIn`.")
            .example("[42]")
            .required(),
        Field::new("container_name", Shape::Text, "The container whose exit code it is; without it any."),
    ],
);

const EXIT_CODE_OPERATORS: &[Word] = &[word("In", "It is one of them."), word("NotIn", "It is none of them.")];

const ON_POD_CONDITIONS: Shape = Shape::NonEmptyList(&Shape::Object(&ON_POD_CONDITION));
static ON_POD_CONDITION: Object = object(
    "pod condition",
    "A condition of the pod.",
    &[
        Field::new("type", Shape::Text, "The condition.").example("DisruptionTarget").required(),
        Field::new("status", Shape::Word(CONDITION_STATUSES), "Its status, as text: quoted, since `True` alone is a boolean.")
            .default("True")
            .example("\"True\""),
    ],
);

const CONDITION_STATUSES: &[Word] =
    &[word("True", "It holds."), word("False", "It does not hold."), word("Unknown", "The cluster does not know.")];
