package install

import "slices"

// Preview says what [Run] would do, and changes nothing. It fetches nothing
// either, so what would be left out because it cannot be had counts as added.
func Preview(o Options) (*Result, error) {
	o = o.withDefaults()
	sel, err := choose(o)
	if err != nil {
		return nil, err
	}
	old, err := readState(o.Root)
	if err != nil {
		return nil, err
	}
	p, err := newPlan(o, sel, old)
	if err != nil {
		return nil, err
	}
	res := &Result{Skipped: sel.skipped}
	newApplier(o, sel, old, p).report(res)
	return res, nil
}

// Wanting lists the locations of the packages that [Run] needs and that are
// neither in place nor in the stores of this machine, but for optional ones,
// which may be missing.
func Wanting(o Options) ([]string, error) {
	places, err := places(o)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(places, func(loc string) bool {
		pkg := o.Lock.Packages[loc]
		bundled := pkg != nil && pkg.InBundle && pkg.Integrity == ""
		return pkg == nil || pkg.Link || pkg.Optional || bundled || o.Unpacked.Has(Key(pkg))
	}), nil
}

// Patched lists the locations of the patched packages that [Run] needs and that
// are neither in place nor in the stores.
func Patched(o Options) ([]string, error) {
	places, err := places(o)
	return slices.DeleteFunc(places, func(loc string) bool {
		pkg := o.Lock.Packages[loc]
		return pkg == nil || pkg.Patched == nil || o.Unpacked.Has(Key(pkg))
	}), err
}

// places lists what Run puts into node_modules, or into the virtual store.
func places(o Options) ([]string, error) {
	var list []string
	if o.Virtual == nil {
		todo, err := Preview(o)
		if err != nil {
			return nil, err
		}
		for _, c := range append(todo.Added, todo.Changed...) {
			list = append(list, c.Location)
		}
		return list, nil
	}
	o = o.withDefaults()
	sel, err := choose(o)
	if err != nil {
		return nil, err
	}
	iso := isolate(o, sel)
	for _, e := range o.Virtual.Missing(iso.layout, iso.roots, nil) {
		for _, member := range e.Members {
			list = append(list, iso.targets[member.Package].loc)
		}
	}
	return list, nil
}
