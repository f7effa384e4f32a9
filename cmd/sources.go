package cmd

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/ipfsstore"
)

// sources are where the store gets blocks and records from, in the order in
// which it is to try them.
type sources struct {
	all []ipfsstore.Source
	// kubo is the running daemon that was found or named, nil without one.
	kubo *ipfsstore.KuboSource
}

// mode is what --ipfs says: a word, and behind a colon what it is about.
func (s *session) mode() (word, arg string) {
	word, arg, _ = strings.Cut(firstNonEmpty(s.cfg.String("ipfs"), "auto"), ":")
	return word, arg
}

// checkSources refuses at once what --ipfs cannot mean.
func (s *session) checkSources() error {
	switch word, arg := s.mode(); {
	case !slices.Contains([]string{"auto", "embedded", "kubo", "gateway"}, word):
		return &hintError{err: fmt.Errorf("--ipfs=%s is not a way to reach IPFS", word), hint: "one of auto, embedded, kubo, kubo:ADDR, gateway:URL"}
	case word == "gateway" && arg == "":
		return &hintError{err: errors.New("--ipfs=gateway names no gateway"), hint: "write --ipfs=gateway:http://127.0.0.1:8080"}
	}
	return nil
}

// findSources builds the list that --ipfs, the gateway keys and those of the
// embedded node ask for.
func (s *session) findSources() (sources, error) {
	found, err := s.configuredSources()
	if err == nil {
		err = s.usePeers(&found)
	}
	return found, err
}

// configuredSources are those but the embedded node. It may have to find out
// whether a Kubo daemon runs. Offline there are the files of Kubo's repository,
// which take no network.
func (s *session) configuredSources() (sources, error) {
	var found sources
	mode, arg := s.mode()
	if mode == "embedded" {
		return found, nil
	}
	repo, hasRepo := ipfsstore.KuboRepo(s.repoPath())
	if hasRepo && (mode == "auto" || mode == "kubo" && (arg == "" || repo.Serves(arg))) {
		found.all = append(found.all, repo)
	}
	if s.cfg.Bool("offline") {
		return found, nil
	}
	addr, err := s.kuboAddress(mode, arg)
	if err != nil {
		return found, err
	}
	if addr != "" {
		if found.kubo, err = ipfsstore.Kubo(addr, ipfsstore.KuboOptions{Offline: s.cfg.Bool("prefer-offline")}); err != nil {
			return found, err
		}
		found.all = append(found.all, found.kubo)
	}
	for _, u := range s.namedGateways() {
		gw, err := ipfsstore.Gateway(u, ipfsstore.GatewayOptions{})
		if err != nil {
			return found, err
		}
		found.all = append(found.all, gw)
	}
	return found, nil
}

// kuboAddress is that of the daemon to ask, "" when none is to be asked.
func (s *session) kuboAddress(mode, arg string) (string, error) {
	switch {
	case mode == "gateway":
		return "", nil
	case mode == "kubo" && arg != "":
		return arg, nil
	}
	addr, runs := s.daemon()
	switch {
	case runs:
		return addr, nil
	case mode == "auto":
		return "", nil
	}
	return "", &hintError{
		err:  fmt.Errorf("--ipfs=kubo: no daemon answers at the address in %s", filepath.Join(s.repoPath(), "api")),
		hint: "start one with `ipfs daemon`, or name it: --ipfs=kubo:127.0.0.1:5001",
	}
}

// namedGateways are those that are asked for everything: the one that --ipfs names,
// and gatewayURLs.
func (s *session) namedGateways() []string {
	urls := s.gatewayURLs()
	if mode, arg := s.mode(); mode == "gateway" {
		urls = slices.Insert(urls, 0, strings.TrimRight(arg, "/"))
	}
	return urls
}

// gatewayURLs are those of the configuration, of $IPFS_GATEWAY and of the file
// gateway in Kubo's repository, each once.
func (s *session) gatewayURLs() []string {
	urls := append(s.cfg.Strings("ipfs-gateway"), s.app.Getenv("IPFS_GATEWAY"))
	if data, err := os.ReadFile(filepath.Join(s.repoPath(), "gateway")); err == nil {
		// A daemon that was killed leaves the file behind.
		if _, runs := s.daemon(); runs {
			urls = append(urls, strings.TrimSpace(string(data)))
		}
	}
	var out []string
	for _, u := range urls {
		u = strings.TrimRight(u, "/")
		if u != "" && !slices.Contains(out, u) {
			out = append(out, u)
		}
	}
	return out
}

// repoPath is Kubo's repository: $IPFS_PATH or ~/.ipfs.
func (s *session) repoPath() string {
	return firstNonEmpty(s.app.Getenv("IPFS_PATH"), filepath.Join(s.dirs.home, ".ipfs"))
}
