package ipfsstore

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ipfs/boxo/ipns"
)

// Handover is the statement of a key's owner that from now on another key
// speaks for what his name stood for. It is one line of text:
//
//	ipnpm-handover-1 FROM TO TIME SIGNATURE
//
// names in base36, the time as 2026-01-31T12:00:00Z, and the signature of all
// that stands before it by the key of FROM, in unpadded base64url. A name of an
// Ed25519 key holds the public key, so nothing else is needed to verify it.
type Handover struct {
	From, To string
	Time     time.Time
	// Text is the statement as it was signed.
	Text string
}

const (
	handoverPrefix = "ipnpm-handover-1"
	maxHandover    = 512 // bytes; a statement has 258
)

// HandoverError says that what passes for a hand-over is none, or contradicts
// the one that was seen first.
type HandoverError struct{ Reason string }

func (e *HandoverError) Error() string { return "bad hand-over: " + e.Reason }

// Hint says what the user may do.
func (e *HandoverError) Hint() string {
	return "ask the registry's owner by another way which name is right, and write that in .npmrc"
}

// SignHandover states that the name to follows the key's own.
func SignHandover(key Key, to string, at time.Time) (Handover, error) {
	n, err := ParseName(to)
	if err != nil {
		return Handover{}, err
	}
	text := strings.Join([]string{handoverPrefix, key.ID(), n.String(), at.UTC().Format(time.RFC3339)}, " ")
	signature, err := key.priv.Sign([]byte(text))
	if err != nil {
		return Handover{}, fmt.Errorf("signing the hand-over: %w", err)
	}
	return ParseHandover(text + " " + base64.RawURLEncoding.EncodeToString(signature))
}

// ParseHandover reads and verifies a statement. The error is a *HandoverError.
func ParseHandover(text string) (Handover, error) {
	fail := func(format string, args ...any) (Handover, error) {
		return Handover{}, &HandoverError{fmt.Sprintf(format, args...)}
	}
	if len(text) > maxHandover {
		return fail("%d bytes", len(text))
	}
	words := strings.Split(text, " ")
	if len(words) != 5 || words[0] != handoverPrefix {
		return fail("not of the form %s FROM TO TIME SIGNATURE", handoverPrefix)
	}
	var names [2]ipns.Name
	for i := range names {
		var err error
		if names[i], err = ParseName(words[1+i]); err != nil || names[i].String() != words[1+i] {
			return fail("%q is no IPNS name", words[1+i])
		}
	}
	at, err := time.Parse(time.RFC3339, words[3])
	if err != nil || at.UTC().Format(time.RFC3339) != words[3] {
		return fail("%q is no time", words[3])
	}
	if names[0].Equal(names[1]) {
		return fail("%s to itself", words[1])
	}
	signature, err := base64.RawURLEncoding.DecodeString(words[4])
	if err != nil || base64.RawURLEncoding.EncodeToString(signature) != words[4] {
		return fail("the signature is not base64url")
	}
	public, err := names[0].Peer().ExtractPublicKey()
	if err != nil {
		return fail("%s does not hold its key", words[1])
	}
	signed := strings.TrimSuffix(text, " "+words[4])
	if ok, err := public.Verify([]byte(signed), signature); err != nil || !ok {
		return fail("it is not signed by the key of %s", words[1])
	}
	return Handover{From: words[1], To: words[2], Time: at, Text: text}, nil
}

func (s *Store) handoverPath(n ipns.Name) string {
	return filepath.Join(s.names.root, n.String()+".handover")
}

// Handover returns the hand-over of a name that was remembered; ErrNotFound
// when there is none.
func (s *Store) Handover(name string) (Handover, error) {
	n, err := ParseName(name)
	if err != nil {
		return Handover{}, err
	}
	data, err := readSmall(s.handoverPath(n), maxHandover)
	if errors.Is(err, fs.ErrNotExist) {
		return Handover{}, ErrNotFound
	}
	if err != nil {
		return Handover{}, fmt.Errorf("reading a remembered hand-over: %w", err)
	}
	h, err := ParseHandover(string(data))
	if err == nil && h.From != n.String() {
		err = &HandoverError{s.handoverPath(n) + " is of another name"}
	}
	return h, err
}

// RememberHandover keeps a hand-over, so that its name is not asked again. The
// first that was seen counts: whoever comes by the old key later leads nobody
// astray who has followed already. Another one is a *HandoverError.
func (s *Store) RememberHandover(h Handover) error {
	have, err := s.Handover(h.From)
	switch {
	case err == nil && have.To == h.To:
		return nil
	case err == nil:
		return &HandoverError{fmt.Sprintf("%s was handed over to %s before, and now to %s", h.From, have.To, h.To)}
	case !errors.Is(err, ErrNotFound):
		return err
	}
	n, err := ParseName(h.From)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.names.root, 0o755); err != nil {
		return fmt.Errorf("remembering a hand-over: %w", err)
	}
	return writeRename(s.handoverPath(n), []byte(h.Text), true)
}
