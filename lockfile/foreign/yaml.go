package foreign

import (
	"bytes"
	"errors"
	"io"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// document is a file of YAML that has been read but for its meaning.
type document struct{ file string }

// parse returns the last of the documents of a text, which is where pnpm has
// the lockfile: the one before is of its own configuration.
func (d document) parse(data []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var last *yaml.Node
	for {
		n := new(yaml.Node)
		err := decoder.Decode(n)
		switch {
		case errors.Is(err, io.EOF) && last == nil:
			return nil, &Error{File: d.file, Msg: "is empty"}
		case errors.Is(err, io.EOF):
			return last, nil
		case err != nil:
			return nil, &Error{File: d.file, Msg: err.Error()}
		}
		last = n.Content[0]
	}
}

func (d document) fail(n *yaml.Node, msg string) error {
	return &Error{File: d.file, Line: n.Line, Msg: msg}
}

// object visits the members of a mapping; an absent one has none.
func (d document) object(n *yaml.Node, what string, member func(key string, value *yaml.Node) error) error {
	if n == nil || n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		return d.fail(n, what+" must be a mapping")
	}
	seen := make(map[string]bool, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode {
			return d.fail(key, "a key of "+what+" must be a text")
		}
		if seen[key.Value] {
			return d.fail(key, strconv.Quote(key.Value)+" is there twice")
		}
		seen[key.Value] = true
		if err := member(key.Value, value); err != nil {
			return err
		}
	}
	return nil
}

// text reads a scalar as it is written: a version such as 1.10 is no number.
func (d document) text(n *yaml.Node, what string) (string, error) {
	if n.Kind != yaml.ScalarNode {
		return "", d.fail(n, what+" must be a text")
	}
	return n.Value, nil
}

// texts reads a mapping of scalars.
func (d document) texts(n *yaml.Node, what string) (map[string]string, error) {
	m := make(map[string]string)
	err := d.object(n, what, func(key string, value *yaml.Node) (err error) {
		m[key], err = d.text(value, what+"."+key)
		return err
	})
	return m, err
}
