package registry

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/ipfs/go-cid"
)

// Format is the version of the index format that this package writes, and the
// newest that it reads.
const Format = 1

// maxInfo is the longest registry.json.
const maxInfo = 1 << 20

// Info is registry.json: what an index says about itself.
type Info struct {
	// Format is the version of the format; Commit sets it.
	Format int `json:"format"`
	// Name is the registry's own name for itself, for messages.
	Name string `json:"name,omitempty"`
	// Sequence counts the states; the IPNS record repeats it.
	Sequence uint64 `json:"sequence,omitempty"`
	// Previous is the root CID of the state before, empty for the first.
	Previous string `json:"previous,omitempty"`
	// Time is when this state was made, to the millisecond.
	Time time.Time `json:"time,omitzero"`
	// Upstream is the URL of the registry that this one mirrors, if any.
	Upstream string `json:"upstream,omitempty"`
	// Providers are multiaddrs and gateway URLs that have the content.
	Providers []string `json:"providers,omitempty"`
	// Handovers are the statements by which the registry went from one IPNS
	// name to the next, the oldest first; package ipfsstore reads them. Commit
	// carries on the base's where there are none.
	Handovers []string `json:"handovers,omitempty"`
	// NPM is what the addresses of tarballs in /npm begin with, which npm puts
	// its configured registry in the place of. Set, the index is a plain npm
	// registry for whoever has a gateway, with a page for people; see static.go.
	NPM string `json:"npm,omitempty"`
	// Static is the address of /static on one gateway, for installers that take
	// addresses as they are. Empty, there is no /static.
	Static string `json:"static,omitempty"`
	// Keys are those of the upstream that the versions' signatures were checked
	// with, so that whoever has the index can check them again.
	Keys []SigningKey `json:"keys,omitempty"`
	// Advisories is the snapshot of what was known of the packages' weaknesses
	// when it was taken. Commit carries on the base's where there is none.
	Advisories *Snapshot `json:"advisories,omitempty"`
}

// NewerFormatError says that an index is of a later format than this program
// knows, so that nothing in it can be relied on.
type NewerFormatError struct{ Found, Known int }

func (e *NewerFormatError) Error() string {
	return fmt.Sprintf("the index has format %d and this ipnpm reads up to format %d; a newer ipnpm is needed", e.Found, e.Known)
}

// ParseInfo reads registry.json. The error is a *NewerFormatError or a
// *FormatError. Fields that it does not know are passed over.
func ParseInfo(data []byte) (Info, error) {
	fail := func(reason string, err error) (Info, error) {
		return Info{}, &FormatError{What: "registry.json", Reason: reason, Err: err}
	}
	if len(data) > maxInfo {
		return fail(fmt.Sprintf("longer than %d bytes", maxInfo), nil)
	}
	var head struct {
		Format *int `json:"format"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return fail("unreadable", err)
	}
	switch {
	case head.Format == nil || *head.Format < 1:
		return fail("has no format", nil)
	case *head.Format > Format:
		return Info{}, &NewerFormatError{Found: *head.Format, Known: Format}
	}
	var info Info
	if err := json.Unmarshal(data, &info); err != nil {
		return fail("unreadable", err)
	}
	if info.Previous != "" {
		if _, err := cid.Decode(info.Previous); err != nil {
			return fail(fmt.Sprintf("previous %q is not a CID", info.Previous), err)
		}
	}
	if a := info.Advisories; a != nil {
		if _, err := cid.Decode(a.CID); err != nil || a.Size < 0 || a.Size > MaxAdvisories {
			return fail(fmt.Sprintf("advisories %q of %d bytes", a.CID, a.Size), err)
		}
	}
	return info, nil
}

// Encode returns registry.json in canonical form: sorted keys, no white
// space, no empty fields, time in UTC with milliseconds.
func (i Info) Encode() []byte {
	c := &canonical{}
	c.open('{')
	if a := i.Advisories; a != nil {
		c.key("advisories")
		c.open('{')
		c.string("cid", a.CID)
		c.int("size", a.Size)
		c.close('}')
	}
	c.int("format", int64(i.Format))
	c.strings("handovers", i.Handovers)
	if len(i.Keys) > 0 {
		c.signingKeys(i.Keys)
	}
	c.string("name", i.Name)
	c.string("npm", i.NPM)
	c.string("previous", i.Previous)
	c.strings("providers", i.Providers)
	if i.Sequence > 0 {
		c.key("sequence")
		c.buf = fmt.Append(c.buf, i.Sequence)
	}
	c.string("static", i.Static)
	if !i.Time.IsZero() {
		c.string("time", formatTime(i.Time))
	}
	c.string("upstream", i.Upstream)
	c.close('}')
	return c.buf
}

func (c *canonical) signingKeys(keys []SigningKey) {
	c.key("keys")
	c.open('[')
	for _, k := range keys {
		c.item()
		c.open('{')
		if k.Expires != nil {
			c.string("expires", formatTime(*k.Expires))
		}
		c.string("key", k.Key)
		c.string("keyid", k.KeyID)
		c.string("keytype", k.KeyType)
		c.string("scheme", k.Scheme)
		c.close('}')
	}
	c.close(']')
}
