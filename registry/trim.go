package registry

import (
	"bytes"
	"errors"
	"fmt"
	"time"
)

// The trimmed form of a document is for whoever receives it once and reads it
// ever after: a line that measures the versions, and these, one behind the
// other.
//
//	{"dist-tags":{…},"name":…,"versions":{"1.0.0":<length in bytes>,…}}\n
//	{…}{…}…
//
// So a version's bytes are not looked at before somebody asks for it.

var errMeasure = errors.New("the versions are not as long as it says")

// Trim writes a document that was parsed, for ParseTrimmed, without what
// nobody asks a registry for: a version keeps the members that [Version] has,
// byte for byte, and gets its time from the table of all. Nothing is decoded,
// and nothing mended: a version that cannot be read is still there, and still
// cannot.
func (p *Packument) Trim() []byte {
	head := &canonical{}
	body := &canonical{buf: make([]byte, 0, 512*len(p.versions))}
	head.open('{')
	head.stringMap("dist-tags", p.DistTags)
	head.string("name", p.Name)
	head.key("versions")
	head.open('{')
	var scratch []span
	for _, v := range p.VersionList() {
		start := len(body.buf)
		at, _ := p.times.lookup(v)
		scratch = body.trimmed(p.versions[v].raw, at, scratch[:0])
		head.int(v, int64(len(body.buf)-start))
	}
	head.close('}')
	head.close('}')
	return append(append(head.buf, '\n'), body.buf...)
}

// trimmed writes what is wanted of one version, published at the time given
// unless that is zero. It returns scratch for the next, perhaps larger.
func (c *canonical) trimmed(raw []byte, at time.Time, scratch []span) []span {
	found, err := members(raw, scratch)
	if err != nil {
		c.buf = append(c.buf, raw...)
		return scratch
	}
	c.open('{')
	if !at.IsZero() {
		c.string("time", at.Format(time.RFC3339Nano))
	}
	for _, m := range found {
		if key := m.key[1 : len(m.key)-1]; wanted(key) && (at.IsZero() || string(key) != "time") {
			c.item()
			c.buf = append(append(append(c.buf, m.key...), ':'), m.value...)
		}
	}
	c.close('}')
	return found
}

// wanted holds for the members that Version.field takes.
func wanted(key []byte) bool {
	switch string(key) {
	case "dependencies", "optionalDependencies", "peerDependencies", "peerDependenciesMeta",
		"bundleDependencies", "bundledDependencies", "bin", "directories", "scripts", "gypfile", "hasInstallScript",
		"engines", "os", "cpu", "libc", "license", "deprecated", "dist", "time":
		return true
	}
	return false
}

// ParseTrimmed reads what Trim has written. Like Parse it keeps data, and
// refuses with a *FormatError.
func ParseTrimmed(data []byte) (*Packument, error) {
	head, body, ok := bytes.Cut(data, []byte{'\n'})
	spans, err := scanDocument(head)
	if err != nil || !ok {
		return nil, &FormatError{What: "trimmed document", Reason: "no table", Err: err}
	}
	for i, v := range spans.versions {
		length := integer(v.value)
		if length <= 0 || length > int64(len(body)) {
			return nil, &FormatError{What: "trimmed document", Reason: fmt.Sprintf("version %s", v.key), Err: errMeasure}
		}
		spans.versions[i].value, body = body[:length:length], body[length:]
	}
	if len(body) > 0 {
		return nil, &FormatError{What: "trimmed document", Reason: "the end", Err: errMeasure}
	}
	return spans.packument()
}
