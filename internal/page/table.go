package page

import "slices"

// Entry is something written down, with when and by whom it was.
type Entry struct {
	When Msg
	Rows []Row
	Text string
	Lang string
}

// PerPage is how many rows one page of a list shows.
const PerPage = 50

// Cut cuts a page out of a list, after the entry with that key, and says where the pages beside it are.
func Cut[T any](all []T, path, after string, key func(T) string) ([]T, Pages) {
	var at Pages
	from := 0
	if i := slices.IndexFunc(all, func(t T) bool { return key(t) == after }); after != "" && i >= 0 {
		from = i + 1
		at.Previous = path
		if from > PerPage {
			at.Previous += "?after=" + key(all[from-PerPage-1])
		}
	}
	to := min(len(all), from+PerPage)
	if to < len(all) {
		at.Next = path + "?after=" + key(all[to-1])
	}
	return all[from:to], at
}
