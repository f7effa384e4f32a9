package cmd

import (
	"errors"
	"os/user"
	"path/filepath"

	"github.com/ipnpm/ipnpm/config"
)

// dirs is where this user's data lies. Data is what cannot be had again for
// certain (blocks, keys, the highest IPNS sequence seen); cache is what can.
type dirs struct {
	data, cache, home string
}

// dataDirs follows the XDG base directory specification, and on Windows
// LocalAppData, which is what os.UserCacheDir uses there. All are absolute:
// keys and the memory against rollback must not depend on the folder that a
// command happened to be started in.
func (a *app) dataDirs(cfg *config.Config) (dirs, error) {
	d := dirs{home: a.homeDir()}
	d.data = firstNonEmpty(a.absolute(cfg.String("store-dir")), under(a.baseDir("XDG_DATA_HOME"), "ipnpm"),
		under(a.baseDir("LOCALAPPDATA"), "ipnpm", "data"), under(d.home, ".local", "share", "ipnpm"))
	d.cache = firstNonEmpty(under(a.baseDir("XDG_CACHE_HOME"), "ipnpm"),
		under(a.baseDir("LOCALAPPDATA"), "ipnpm", "cache"), under(d.home, ".cache", "ipnpm"))
	if d.data == "" || d.cache == "" {
		return d, &hintError{
			err:  errors.New("there is no home folder to keep the store in"),
			hint: "set HOME, or XDG_DATA_HOME and XDG_CACHE_HOME, to an absolute path",
		}
	}
	return d, nil
}

// homeDir is $HOME, or what the system knows where a service or a container
// runs without it, as Node has it; "" when that is nothing either.
func (a *app) homeDir() string {
	if home := firstNonEmpty(a.Getenv("HOME"), a.Getenv("USERPROFILE")); home != "" {
		return a.absolute(home)
	}
	if u, err := user.Current(); err == nil && filepath.IsAbs(u.HomeDir) {
		return u.HomeDir
	}
	return ""
}

// baseDir is a folder of the environment, "" when it is not absolute: the
// specification has such a one ignored.
func (a *app) baseDir(key string) string {
	if dir := a.Getenv(key); filepath.IsAbs(dir) {
		return dir
	}
	return ""
}

func (a *app) absolute(dir string) string {
	if dir == "" || filepath.IsAbs(dir) {
		return dir
	}
	return filepath.Join(a.Dir, dir)
}

// unpackedDir holds the extracted packages that node_modules is linked from.
func (d dirs) unpackedDir() string { return filepath.Join(d.cache, "unpacked") }

// virtualDir holds the packages that the linked layout leads to.
func (d dirs) virtualDir() string { return filepath.Join(d.cache, virtualPart) }

// gitDir holds the mirrors of git repositories.
func (d dirs) gitDir() string { return filepath.Join(d.cache, "git") }

// treesDir holds what was installed before.
func (d dirs) treesDir() string { return filepath.Join(d.cache, "trees") }

// answersDir holds what was resolved before.
func (d dirs) answersDir() string { return filepath.Join(d.cache, "answers") }
