package count

import (
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/veil"
)

// common returns the templates of the keys that two have in common.
func common(a, b []veil.Key) []veil.Template {
	has := map[veil.Key]bool{}
	for _, k := range a {
		has[k] = true
	}
	var out []veil.Template
	for _, k := range b {
		if has[k] {
			out = append(out, k.Template())
		}
	}
	return out
}

// atHome makes one record of each person here: of files that people have merged, and of those that keys join as the tally would join them. Keys that
// too many have are left out. It returns too of how many pairs that people have merged keys say the same.
func atHome(files []file, strong, weak int) ([]veil.Entry, veil.Recall) {
	shared := veil.Shared{}
	for _, f := range files {
		shared.Add(f.keys)
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
	having := map[veil.Key][]int{}
	for i := range files {
		f := &files[i]
		parent[i] = i
		f.keys = shared.Rare(f.keys)
		if first, ok := lead[f.of]; ok {
			if len(f.keys) > 0 && len(files[first].keys) > 0 {
				recall.Of++
				if veil.Alike(common(files[first].keys, f.keys)) == veil.Likely {
					recall.Found++
				}
			}
			join(first, i)
		} else {
			lead[f.of] = i
		}
		for _, k := range f.keys {
			for _, other := range having[k] {
				if root(other) != root(i) && veil.Alike(common(files[other].keys, f.keys)) == veil.Likely {
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
		in, e, seen := false, veil.Entry{}, map[veil.Key]bool{}
		for _, i := range group[at] {
			in = in || files[i].in
			for _, k := range files[i].keys {
				all, most := &e.Weak, weak
				if k.Template().Strong() {
					all, most = &e.Strong, strong
				}
				if !seen[k] && len(*all) < most {
					seen[k] = true
					*all = append(*all, k.Bytes())
				}
			}
		}
		if in { // who is known by nothing is counted too, as a person of her own
			out = append(out, e)
		}
	}
	return out, recall
}
