package stages

import (
	"bytes"
	"context"
	"errors"

	"github.com/ipnpm/ipnpm/lockfile"
)

// lockfiles are the stages that read and write ipnpm-lock.json.
func lockfiles() []stage {
	return []stage{
		{name: "lockfile, encode", unit: "bytes", limit: "its strings found and copied", repeats: true, open: openEncode},
		{name: "lockfile, decode", unit: "bytes", limit: "its strings found", repeats: true, open: openDecode},
	}
}

func openEncode(_ context.Context, p *Project, _ string) (pair, error) {
	text, err := p.lock.Encode()
	if err != nil {
		return pair{}, err
	}
	ours := func(context.Context) (int64, error) {
		data, err := p.lock.Encode()
		return int64(len(data)), err
	}
	limit := func(context.Context) (int64, error) {
		out := make([]byte, 0, len(text))
		err := eachString(text, func(upTo []byte) { out = append(out, upTo...) })
		return int64(len(out)), err
	}
	return pair{ours: ours, limit: limit}, nil
}

func openDecode(_ context.Context, p *Project, _ string) (pair, error) {
	text, err := p.lock.Encode()
	if err != nil {
		return pair{}, err
	}
	ours := func(context.Context) (int64, error) {
		_, err := lockfile.Parse(text)
		return int64(len(text)), err
	}
	limit := func(context.Context) (int64, error) {
		n := 0
		err := eachString(text, func(upTo []byte) { n += len(upTo) })
		return int64(n), err
	}
	return pair{ours: ours, limit: limit}, nil
}

// eachString cuts JSON behind each of its strings.
func eachString(text []byte, found func(upTo []byte)) error {
	for len(text) > 0 {
		open := bytes.IndexByte(text, '"')
		if open < 0 {
			found(text)
			return nil
		}
		end := open + 1
		for text[end] != '"' {
			if text[end] == '\\' {
				end++
			}
			if end++; end >= len(text) {
				return errors.New("a string without an end")
			}
		}
		found(text[:end+1])
		text = text[end+1:]
	}
	return nil
}
