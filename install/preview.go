package install

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
