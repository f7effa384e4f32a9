package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/ipfsstore"
)

func newDoctorCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "doctor",
		GroupID: "system",
		Short:   "Check what ipnpm depends on: store, daemon, gateways, keys, registries, node",
		Long: `Doctor looks at everything an install may need and says of each whether it
works. Exit code 1 when something that is configured does not.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withStore(func(s *session) error { return runDoctor(c.Context(), a, s) })
		},
	}
}

// finding is one line of the report.
type finding struct {
	What   string `json:"what"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
	Hint   string `json:"hint,omitempty"`
}

// checkTime bounds each single check.
const checkTime = 10 * time.Second

func runDoctor(ctx context.Context, a *app, s *session) error {
	checks := [...]func(context.Context) []finding{s.checkStore, s.checkKubo, s.checkGateways, s.checkPeers, s.checkKeys, s.checkRegistries, s.checkNode}
	var all []finding
	for _, check := range checks {
		ctx, cancel := context.WithTimeout(ctx, checkTime)
		all = append(all, check(ctx)...)
		cancel()
	}
	bad := 0
	for _, f := range all {
		if !f.OK {
			bad++
		}
		if !a.json {
			a.printFinding(f)
		}
	}
	if a.json {
		if err := a.printJSON(all); err != nil {
			return err
		}
	}
	if bad > 0 {
		return &silentError{code: 1}
	}
	return nil
}

func (a *app) printFinding(f finding) {
	mark := a.paintOut(green, "ok  ")
	if !f.OK {
		mark = a.paintOut(red, "FAIL")
	}
	fmt.Fprintf(a.Out, "%s %-10s %s\n", mark, f.What, printable(f.Detail))
	if f.Hint != "" {
		fmt.Fprintf(a.Out, "     %-10s hint: %s\n", "", printable(f.Hint))
	}
}

// judge makes a finding of a check's outcome.
func judge(what, detail string, err error) finding {
	if err == nil {
		return finding{What: what, OK: true, Detail: detail}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("no answer within %s", checkTime)
	}
	f := finding{What: what, Detail: detail + ": " + err.Error()}
	if hints := hintsOf(err); len(hints) > 0 {
		f.Hint = hints[0]
	}
	return f
}

// checkStore writes, reads and removes a file where the store is.
func (s *session) checkStore(context.Context) []finding {
	var out []finding
	for _, dir := range [...]string{s.dirs.data, s.dirs.cache} {
		err := os.MkdirAll(dir, 0o755)
		if err == nil {
			probe := filepath.Join(dir, ".doctor")
			if err = os.WriteFile(probe, []byte("ok"), 0o600); err == nil {
				err = os.Remove(probe)
			}
		}
		out = append(out, judge("store", dir, err))
	}
	return out
}

func (s *session) checkKubo(ctx context.Context) []finding {
	found, err := s.found()
	if err != nil {
		return []finding{judge("kubo", "", err)}
	}
	if found.kubo == nil {
		return []finding{{What: "kubo", OK: true, Detail: "no daemon at " + s.repoPath() + "; the own store and peers are used"}}
	}
	version, err := found.kubo.Version(ctx)
	return []finding{judge("kubo", found.kubo.Name()+" "+version, err)}
}

// checkGateways asks each gateway for a block. Not to have it is an answer.
func (s *session) checkGateways(ctx context.Context) []finding {
	emptyFile, _, err := ipfsstore.ImportLayout(nil)
	if err != nil {
		return []finding{judge("gateway", "", err)}
	}
	var out []finding
	for _, u := range s.gatewayURLs() {
		gw, err := ipfsstore.Gateway(u, ipfsstore.GatewayOptions{Retries: -1})
		if err == nil {
			err = gw.Blocks(ctx, []cid.Cid{emptyFile}, func(blocks.Block) error { return nil })
		}
		out = append(out, judge("gateway", u, err))
	}
	return out
}

// checkPeers finds the program that asks peers. Not to have it is no fault, unless
// some are to be asked.
func (s *session) checkPeers(context.Context) []finding {
	switch program, err := findPeersProgram(); {
	case s.app.network != nil:
		return []finding{{What: "peers", OK: true, Detail: "by this program"}}
	case err == nil:
		return []finding{{What: "peers", OK: true, Detail: "by " + program}}
	case s.cfg.Bool("ipfs-dht"), len(s.cfg.Strings("ipfs-peers")) > 0:
		return []finding{judge("peers", "ipfs-peers, ipfs-dht", err)}
	default:
		return []finding{{What: "peers", OK: true, Detail: "none are asked: " + err.Error()}}
	}
}

func (s *session) checkKeys(context.Context) []finding {
	keys, err := s.store.Keys().List()
	return []finding{judge("keys", fmt.Sprintf("%d of our own", len(keys)), err)}
}

// checkRegistries resolves or asks each configured registry.
func (s *session) checkRegistries(ctx context.Context) []finding {
	var out []finding
	for _, key := range s.registryKeys() {
		r, err := s.registryAt(key)
		address := s.addressOf(key)
		if err == nil {
			err = r.Ping(ctx)
		}
		if err == nil {
			address = r.Describe()
		}
		out = append(out, judge("registry", address, err))
	}
	return out
}

func (s *session) checkNode(ctx context.Context) []finding {
	path, err := s.app.nodePath()
	if err != nil {
		return []finding{{What: "node", OK: true, Detail: "not on the PATH; installs work, scripts and engines checks need it"}}
	}
	return []finding{{What: "node", OK: true, Detail: path + " " + s.nodeVersion(ctx)}}
}
