# Faults of one schema, one a line. Input: lines "key<TAB>value" of its [kind] section. Arguments: schema (slurped), id,
# matters (names, one a line).
def known: ["$schema", "$id", "$comment", "title", "x-title-en", "default", "x-date", "x-ref", "description", "type",
	"properties", "required", "additionalProperties", "enum", "const", "pattern", "minLength", "maxLength", "minimum",
	"maximum", "minItems", "maxItems", "uniqueItems", "items", "if", "then", "else", "allOf", "anyOf", "oneOf", "not",
	"examples"];

# A field as a form shows it; within a condition a property only says what is wanted of it.
def field_faults(at):
	(select((.title // "") == "" or (."x-title-en" // "") == "") | "\(at): title or x-title-en is missing"),
	(select((.description // "") | test("^[CP][0-9-]") | not) | "\(at): description does not begin with a clause"),
	(select(."x-date" and .type != "string") | "\(at): a date is a string"),
	(."x-ref" | values | . as $r | select($r != "entry" and ($matters | split("\n") | index($r) | not)) |
		"\(at): x-ref names no matter");

def faults(at; shown):
	(keys - known | .[] | "\(at): keyword \(.) is not one of schemas/README.md"),
	(.properties // {} | to_entries[] | "\(at)/\(.key)" as $here | .value |
		(if shown then field_faults($here) else empty end), faults($here; shown)),
	(.items // empty | faults("\(at)/items"; shown)),
	(.if, .then, .else, .not | values | faults("\(at) (condition)"; false)),
	(.allOf, .anyOf, .oneOf | values | .[] | faults("\(at) (condition)"; false));

def pairs: values | split(", ")[] | split(" ") | {matter: .[0], field: .[1]};
def is_reference: .type == "integer" and ."x-ref";
def is_references: is_reference or (.type == "array" and .items.type == "integer" and ."x-ref");

$schema[0] as $s |
([inputs | split("\t") | {key: .[0], value: .[1]}] | from_entries) as $kind |
($s | faults(""; true)),
(select($s.title != $kind.ja or $s."x-title-en" != $kind.en) | "titles differ from ja and en of the rule book"),
(select($s."$id" != $id) | "$id is to be \($id)"),
(select($s.additionalProperties != false) | "additionalProperties is to be false"),
(select($s.examples // [] | length == 0) | "examples has no sample record"),
($s.required // [] | .[] | select($s.properties[.] | not) | "required \(.) is no property"),
($kind.closes, $kind.within, $kind.under | pairs | select($s.properties[.field] | is_reference | not) |
	"\(.field): is to be an integer with x-ref \(.matter)"),
(($kind.closes | select($kind.opens | not)), $kind.under | pairs.field | select(IN($s.required // [] | .[]) | not) |
	"\(.): is to be required"),
($kind.concerns | values | split(", ")[] | select($s.properties[.] | is_references | not) |
	"\(.): concerns wants an entry number or a list of them, with x-ref"),
($kind.event | values | select($s.properties[.]."x-date" | not) | "\(.): event wants a date"),
($kind.identity | values | split(" ")[] | select($s.properties[.].type != "string") | "\(.): identity wants a text")
