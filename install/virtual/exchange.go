package virtual

import (
	"errors"
	"os"
)

// exchangeBySteps swaps two folders by renames, between which b is not there.
func exchangeBySteps(a, b string) error {
	aside := a + "-old"
	if err := os.Rename(b, aside); err != nil {
		return err
	}
	if err := os.Rename(a, b); err != nil {
		return errors.Join(err, os.Rename(aside, b))
	}
	return os.Rename(aside, a)
}
