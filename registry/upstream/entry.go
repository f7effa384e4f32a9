package upstream

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash/crc32"
	"time"

	"github.com/ipnpm/ipnpm/registry"
)

// entry is a cached document. Its file is three parts:
//
//	ipnpm-doc 2 <crc32c of all that follows, 8 hex digits>\n
//	{"key":…,"etag":…,"lastModified":…,"maxAge":…,"gzip":…,"size":…}\n
//	<the document, trimmed, or as it came by gzip>
//
// The checksum is against torn writes and failing disks, not against enemies:
// who can write the file can write anything.
type entry struct {
	Key          string `json:"key"`
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"lastModified,omitempty"`
	// MaxAge is in seconds, counted from vouched.
	MaxAge int64 `json:"maxAge,omitempty"`
	// Gzip says that the body is as it came, which nobody has read again yet.
	Gzip bool `json:"gzip,omitempty"`
	// Size is the body's length in bytes.
	Size int `json:"size"`

	body []byte
	// doc is what the body is to be made of when it is written, nil where it is made.
	doc *registry.Packument
	// rewrite says that the file still has the body as it came.
	rewrite bool
	// vouched is when the registry last said that this is the document.
	vouched time.Time
}

const (
	entryMagic = "ipnpm-doc 2 "
	// maxMaxAge is what RFC 9111, 1.2.2 has for "longer than can be said".
	maxMaxAge = 1 << 31
)

var errEntry = errors.New("upstream: damaged cache entry")

func castagnoli(data []byte) uint32 {
	return crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli))
}

// fresh: used without asking. A time in the future is a clock that was wrong.
func (e *entry) fresh(now time.Time) bool {
	age := now.Sub(e.vouched)
	return age >= 0 && age < time.Duration(e.MaxAge)*time.Second
}

func (e *entry) encode() []byte {
	e.Size = len(e.body)
	head, err := json.Marshal(e)
	if err != nil {
		panic(err) // strings and integers always marshal
	}
	prefix := len(entryMagic) + 9
	out := make([]byte, prefix, prefix+len(head)+1+len(e.body))
	out = append(append(append(out, head...), '\n'), e.body...)
	copy(out, entryMagic)
	sum := castagnoli(out[prefix:])
	hex.Encode(out[len(entryMagic):], []byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})
	out[prefix-1] = '\n'
	return out
}

// decodeEntry reads a file that may hold anything. The entry's body shares
// data.
func decodeEntry(data []byte) (*entry, error) {
	e, body, err := decodeHead(data)
	if err != nil || e.Size != len(body) {
		return nil, errEntry
	}
	var sum [4]byte
	line := data[len(entryMagic):]
	if _, err := hex.Decode(sum[:], line[:8]); err != nil {
		return nil, errEntry
	}
	if crc := castagnoli(line[9:]); sum != [4]byte{byte(crc >> 24), byte(crc >> 16), byte(crc >> 8), byte(crc)} {
		return nil, errEntry
	}
	e.body = body
	return e, nil
}

// decodeHead reads the first lines of such a file, or of what begins as one, and returns
// what follows them. The checksum is not looked at.
func decodeHead(data []byte) (e *entry, rest []byte, err error) {
	line, ok := bytes.CutPrefix(data, []byte(entryMagic))
	if !ok || len(line) < 9 || line[8] != '\n' {
		return nil, nil, errEntry
	}
	head, rest, ok := bytes.Cut(line[9:], []byte{'\n'})
	e = new(entry)
	if !ok || json.Unmarshal(head, e) != nil || e.MaxAge < 0 || e.MaxAge > maxMaxAge {
		return nil, nil, errEntry
	}
	return e, rest, nil
}
