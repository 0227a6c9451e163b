package count

import (
	"slices"

	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/veil"
)

// alike reports whether marks say that two files are of one person, as the tally would: they have a strong one in common, or two weak ones.
func alike(a, b []veil.Mark) bool {
	weak := 0
	for i := range a {
		if !slices.Contains(b, a[i]) {
			continue
		}
		if weak++; a[i].Strong || weak > 1 {
			return true
		}
	}
	return false
}

// atHome makes one record of each person here: of files that people have merged, and of those that keys join as the tally would join them. Keys that
// too many have are left out. It returns too of how many pairs that people have merged keys say the same.
func atHome(files []file, strong, weak int) ([]veil.Entry, veil.Recall) {
	shared := map[veil.Mark]int{}
	for _, f := range files {
		for _, k := range f.keys {
			shared[k]++
		}
	}
	var recall veil.Recall
	lead := map[id.Case]int{}
	parent := make([]int, len(files))
	root := func(i int) int {
		for parent[i] != i {
			i = parent[i]
		}
		return i
	}
	join := func(a, b int) { parent[root(b)] = root(a) }
	having := map[veil.Mark][]int{}
	for i := range files {
		f := &files[i]
		parent[i] = i
		f.keys = slices.DeleteFunc(f.keys, func(k veil.Mark) bool { return shared[k] > veil.MostShared })
		if first, ok := lead[f.of]; ok {
			if len(f.keys) > 0 && len(files[first].keys) > 0 {
				recall.Of++
				if alike(files[first].keys, f.keys) {
					recall.Found++
				}
			}
			join(first, i)
		} else {
			lead[f.of] = i
		}
		for _, k := range f.keys {
			for _, other := range having[k] {
				if root(other) != root(i) && alike(files[other].keys, f.keys) {
					join(other, i)
				}
			}
			having[k] = append(having[k], i)
		}
	}
	group := map[int][]int{}
	var order []int
	for i := range files {
		at := root(i)
		if group[at] == nil {
			order = append(order, at)
		}
		group[at] = append(group[at], i)
	}
	var out []veil.Entry
	for _, at := range order {
		in, e, seen := false, veil.Entry{Marked: true}, map[veil.Mark]bool{}
		for _, i := range group[at] {
			in = in || files[i].in
			for _, k := range files[i].keys {
				all, most := &e.Weak, weak
				if k.Strong {
					all, most = &e.Strong, strong
				}
				if !seen[k] && len(*all) < most {
					seen[k] = true
					*all = append(*all, k.Bytes[:])
				}
			}
		}
		if in { // who is known by nothing is counted too, as a person of her own
			out = append(out, e)
		}
	}
	return out, recall
}
