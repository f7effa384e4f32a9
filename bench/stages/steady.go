package stages

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"github.com/ipnpm/ipnpm/install"
)

// openNothingToDo installs, and has it found out that nothing is to be done.
func openNothingToDo(ctx context.Context, p *Project, dir string) (pair, error) {
	o, err := p.into(dir, "project")
	if err != nil {
		return pair{}, err
	}
	if _, err := install.Run(ctx, o); err != nil {
		return pair{}, err
	}
	r, err := readRecord(o.Root)
	if err != nil {
		return pair{}, err
	}
	return pair{
		ours: func(context.Context) (int64, error) {
			if !install.UpToDate(o) {
				return 0, errors.New("the tree just made is not up to date")
			}
			return r.work(), nil
		},
		limit: func(context.Context) (int64, error) { return r.work(), r.look() },
	}, nil
}

// record is what the state file says that the answer depends on.
type record struct {
	Inputs map[string]string
	Stamps map[string]int64

	state         string
	files, places []string
}

func readRecord(root string) (*record, error) {
	r := &record{state: filepath.Join(root, "node_modules", ".ipnpm-state")}
	first, err := r.header()
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(first, r); err != nil {
		return nil, err
	}
	for file := range r.Inputs {
		r.files = append(r.files, filepath.Join(root, file))
	}
	for place := range r.Stamps {
		r.places = append(r.places, filepath.Join(root, place))
	}
	return r, nil
}

// header reads the state file's first line.
func (r *record) header() ([]byte, error) {
	f, err := os.Open(r.state)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return bufio.NewReaderSize(f, 64<<10).ReadBytes('\n')
}

func (r *record) work() int64 { return int64(len(r.files) + len(r.places)) }

// look reads what is recorded, and what it is compared with.
func (r *record) look() error {
	if _, err := r.header(); err != nil {
		return err
	}
	for _, place := range r.places {
		if _, err := os.Lstat(place); err != nil {
			return err
		}
	}
	for _, file := range r.files {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		if err := used(sum[:]); err != nil {
			return err
		}
	}
	return nil
}
