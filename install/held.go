package install

import (
	"errors"
	"maps"
	"os"
	"slices"
)

// In the linked layout a package's files are wanted in one place, its entry of
// the virtual store, and to extract them into the unpacked store and link them
// from there would make every folder and name twice. So they are held: what is
// extracted stays in the temporary folder that it was extracted into, which no
// other process knows of, until the entry claims that folder for its draft. What
// nobody claims, such as a version that the resolver looked at and left, is
// settled: it gets its name in the unpacked store, as without holding.

// Hold has what is extracted from now on held, until [Unpacked.Settle].
func (u *Unpacked) Hold() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.holding = true
	if u.held == nil {
		u.held, u.claimed = map[string]string{}, map[string]bool{}
	}
}

// holds says whether what is extracted now is to be held.
func (u *Unpacked) holds() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.holding
}

// hold keeps a key's folder for this process, if that is wanted.
func (u *Unpacked) hold(key, tmp string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.holding {
		return false
	}
	u.held[key] = tmp
	return true
}

// claim hands over the folder of a held key, with the files in "package" and
// their listing beside it. It is false when the key is not held.
func (u *Unpacked) claim(key string) (folder string, ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	folder, ok = u.held[key]
	if ok {
		u.claimed[key] = true
		delete(u.held, key)
		delete(u.known, key)
		delete(u.checked, key)
	}
	return folder, ok
}

// settle gives a held key its name in the store, and returns its contents as
// they are then. A key that is not held stays as it is.
func (u *Unpacked) settle(key string) (*Contents, error) {
	u.settling.Lock()
	defer u.settling.Unlock()
	u.mu.Lock()
	tmp, held := u.held[key]
	u.mu.Unlock()
	if !held {
		return u.open(key)
	}
	err := u.publish(tmp, u.folder(key), key)
	u.mu.Lock()
	delete(u.held, key)
	delete(u.known, key)
	u.mu.Unlock()
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(tmp))
	}
	return u.open(key)
}

// Settle ends the holding, and settles what nobody has claimed.
func (u *Unpacked) Settle() error {
	u.mu.Lock()
	u.holding = false
	keys := slices.Collect(maps.Keys(u.held))
	u.mu.Unlock()
	var errs []error
	for _, key := range keys {
		_, err := u.settle(key)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
