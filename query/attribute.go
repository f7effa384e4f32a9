package query

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/ipnpm/ipnpm/internal/lateregexp"
)

// attribute is [name], or [name op value].
type attribute struct {
	name, op, value string
	// fold: letters' case does not count.
	fold bool
}

// attribute reads what is between square brackets.
func (p *parser) attribute() (*attribute, error) {
	p.pos++
	p.space()
	name, err := p.word(".@/")
	if err != nil {
		return nil, err
	}
	a := &attribute{name: name}
	p.space()
	for _, op := range [...]string{"=", "^=", "$=", "*=", "~=", "|="} {
		if strings.HasPrefix(p.text[p.pos:], op) {
			a.op = op
			p.pos += len(op)
			p.space()
			a.value, a.fold = p.value()
			break
		}
	}
	if p.peek() != ']' {
		return nil, p.unexpected()
	}
	p.pos++
	return a, nil
}

// value reads a value, quoted or not, and whether an i follows.
func (p *parser) value() (value string, fold bool) {
	if quote := p.peek(); quote == '"' || quote == '\'' {
		p.pos++
		end := strings.IndexByte(p.text[p.pos:], quote)
		if end < 0 {
			return "", false
		}
		value = p.text[p.pos : p.pos+end]
		p.pos += end + 1
		p.space()
		if fold = p.peek() == 'i'; fold {
			p.pos++
			p.space()
		}
		return value, fold
	}
	end := strings.IndexByte(p.text[p.pos:], ']')
	if end < 0 {
		p.pos = len(p.text)
		return "", false
	}
	value = strings.TrimSpace(p.text[p.pos : p.pos+end])
	p.pos += end
	if cut, ok := strings.CutSuffix(value, " i"); ok {
		return strings.ReplaceAll(strings.TrimSpace(cut), `\`, ""), true
	}
	return strings.ReplaceAll(value, `\`, ""), false
}

// matches says that an object has the attribute, or that one of its values is
// as wanted.
func (a *attribute) matches(object map[string]any) bool {
	have := object[a.name]
	if a.op == "" {
		return truthy(have)
	}
	if list, ok := have.([]any); ok {
		return slices.ContainsFunc(list, a.is)
	}
	if have == nil {
		have = ""
	}
	return a.is(have)
}

// truthy is JavaScript's idea of what is there.
func truthy(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case float64:
		return v != 0
	}
	return true
}

var wordsOf = lateregexp.New(`\w+`)

// is compares one value; only texts and numbers can be compared.
func (a *attribute) is(v any) bool {
	if n, ok := v.(float64); ok {
		v = strconv.FormatFloat(n, 'f', -1, 64)
	}
	have, ok := v.(string)
	if !ok {
		return false
	}
	want := a.value
	if a.fold {
		have, want = strings.ToLower(have), strings.ToLower(want)
	}
	switch a.op {
	case "^=":
		return strings.HasPrefix(have, want)
	case "$=":
		return strings.HasSuffix(have, want)
	case "*=":
		return strings.Contains(have, want)
	case "~=":
		return slices.Contains(wordsOf.FindAllString(have, -1), want)
	case "|=":
		return strings.HasPrefix(have, want+"-")
	}
	return have == want
}

// lookUp follows keys from an object to those that have the attribute.
func lookUp(object map[string]any, keys []string) []map[string]any {
	at := []any{object}
	for _, key := range keys {
		var next []any
		for _, v := range at {
			if key == eachElement {
				next = append(next, elements(v)...)
			} else if o, ok := v.(map[string]any); ok && truthy(o[key]) {
				next = append(next, elements(o[key])...)
			}
		}
		at = next
	}
	var objects []map[string]any
	for _, v := range at {
		if o, ok := v.(map[string]any); ok {
			objects = append(objects, o)
		}
	}
	return objects
}

// elements are those of a list, or the value itself.
func elements(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

// decode reads a package.json as an object; what is none is empty.
func decode(data []byte) map[string]any {
	var object map[string]any
	if json.Unmarshal(data, &object) != nil || object == nil {
		return map[string]any{}
	}
	return object
}
