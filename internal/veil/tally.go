package veil

import "slices"

// Found is what a tally sees when it has taken its own key out of what the last mixer gave it: which records have keys
// in common, and nothing of whose they are. It is not for publication: see [Found.publish].
type Found struct {
	Records int   // of all members, without blank ones
	Persons int   // that they are of, if each person's records are joined by their keys
	In      []int // how many of these persons have 1, 2, 3, and 4 or more records
	Crowded int   // weak keys that more than [MostShared] records have, which join nothing
}

// bins is how many numbers [Found.In] has.
const bins = 4

// count takes the key y out of every cell and joins records that have a strong point in common, or two weak ones.
// The result depends neither on the order of records nor on that of cells within a record.
func count(sheet *Sheet, in List, y *Scalar, marker *Point) (Found, error) {
	n, w := in.Records(), in.Width
	bare := make([][PointSize]byte, n*w)
	err := each(n, func(i int) error {
		all, err := cells(in.record(i), w)
		if err != nil {
			return err
		}
		for k := range all {
			share := all[k].U.Mul(y)
			m := all[k].V.Sub(&share)
			copy(bare[i*w+k][:], m.Bytes())
		}
		return nil
	})
	if err != nil {
		return Found{}, err
	}
	return join(sheet, bare, [PointSize]byte(marker.Bytes())), nil
}

// join counts over points, width of them for each record.
func join(sheet *Sheet, bare [][PointSize]byte, blank [PointSize]byte) Found {
	f := Found{In: make([]int, bins)}
	parent, crowded := unions(sheet, bare, func(record [][PointSize]byte) bool { return slices.Contains(record[:sheet.Strong], blank) })
	f.Crowded = crowded
	size := map[int32]int{}
	for i := range parent {
		if parent[i] >= 0 {
			f.Records++
			size[rootOf(parent, int32(i))]++
		}
	}
	for _, n := range size {
		f.Persons++
		f.In[min(n, bins)-1]++
	}
	return f
}

// unions joins records that have a strong point in common, or two weak ones, leaving out those that skip says to. It
// returns for each record the one that it hangs on, -1 for those left out, and how many weak points too many records have.
func unions(sheet *Sheet, bare [][PointSize]byte, skip func([][PointSize]byte) bool) (parent []int32, crowded int) {
	w := sheet.Width()
	parent = make([]int32, len(bare)/w)
	strong, weak := map[[PointSize]byte]int32{}, map[[PointSize]byte][]int32{}
	for i := range parent {
		parent[i] = int32(i)
		record := bare[i*w : (i+1)*w]
		if skip(record) {
			parent[i] = -1
			continue
		}
		for _, p := range record[:sheet.Strong] {
			if other, ok := strong[p]; ok {
				unite(parent, other, int32(i))
			} else {
				strong[p] = int32(i)
			}
		}
		for _, p := range record[sheet.Strong:] {
			if group := weak[p]; !slices.Contains(group, int32(i)) {
				weak[p] = append(group, int32(i))
			}
		}
	}
	pairs := map[[2]int32]bool{} // of records with one weak point in common
	for _, group := range weak {
		if len(group) > MostShared {
			crowded++
			continue
		}
		for j, a := range group {
			for _, b := range group[:j] { // b came before a
				if pairs[[2]int32{b, a}] {
					unite(parent, a, b)
				} else {
					pairs[[2]int32{b, a}] = true
				}
			}
		}
	}
	return parent, crowded
}

func rootOf(parent []int32, i int32) int32 {
	for parent[i] != i {
		parent[i] = parent[parent[i]]
		i = parent[i]
	}
	return i
}

func unite(parent []int32, a, b int32) { parent[rootOf(parent, a)] = rootOf(parent, b) }

// Recall says how well keys find what full comparison finds: of so many pairs of records of one person inside the
// members, the keys had found so many. Members tell it in multiples of ten.
type Recall struct {
	Found int64 `json:"found"`
	Of    int64 `json:"of"`
}

// Why a result is not published as a number.
const (
	WhySmall = "small" // fewer than the sheet's least
	WhyWide  = "wide"  // noise and recall leave too much open
)

// Published is what a run makes known. Records, Persons and In carry noise; Persons is corrected by what keys miss.
type Published struct {
	Publishable bool    `json:"publishable"`
	Why         string  `json:"why,omitempty"`     // if not
	Records     int64   `json:"records,omitempty"` // of all members together
	Persons     int64   `json:"persons,omitempty"` // 0 if not publishable: then only the interval is told
	Low         int64   `json:"low"`               // of the persons
	High        int64   `json:"high"`
	In          []int64 `json:"in,omitempty"` // persons found in 1, 2, 3, 4 and more records; -1 where fewer than the sheet's least
	Recall      Recall  `json:"recall"`       // measured at home, all members together
}

// shares of the privacy loss in tenths: of the number of records, of the persons by records, and the rest for the persons.
const (
	tenthsRecords = 1
	tenthsIn      = 3
)

// Margins returns what noise exceeds, on either side, in 5 of 100 cases: of the number of persons, and of each number of persons by records. A smaller
// number of the second kind is kept back. What keys miss comes on top of the first.
func (s *Sheet) Margins() (persons, group int64) {
	_, lossIn, lossPersons := s.losses()
	return reach(s.Sensitivity(), lossPersons), reach(s.Sensitivity()+2, lossIn)
}

// losses divides the privacy loss among what is published.
func (s *Sheet) losses() (records, in, persons int) {
	records, in = s.Epsilon*tenthsRecords/10, s.Epsilon*tenthsIn/10
	return records, in, s.Epsilon - records - in
}

// publish adds noise that follows from seed, corrects by recall, and keeps back what is too small or too uncertain.
func (f *Found) publish(sheet *Sheet, recall Recall, seed []byte) Published {
	random := newStream("opentrm/count/1 noise", sheet.Hash(), seed)
	moved := sheet.Sensitivity()
	lossRecords, lossIn, lossPersons := sheet.losses()
	records := max(0, int64(f.Records)+random.noise(1, lossRecords))
	persons := max(0, int64(f.Persons)+random.noise(moved, lossPersons))
	p := Published{Recall: recall}
	for _, n := range f.In {
		n := int64(n) + random.noise(moved+2, lossIn)
		if n < max(int64(sheet.Least), reach(moved+2, lossIn)) { // what noise alone may make says nothing
			n = -1
		}
		p.In = append(p.In, n)
	}
	low, high := wilson(recall.Found, recall.Of)
	offRecords, offPersons := reach(1, lossRecords), reach(moved, lossPersons)
	p.Low = corrected(records+offRecords, persons-offPersons, low)
	p.High = min(corrected(max(0, records-offRecords), persons+offPersons, high), records+offRecords)
	best := int64(0)
	if recall.Of > 0 {
		best = corrected(records, persons, recall.Found*1_000_000/recall.Of)
	}
	best = max(p.Low, min(best, p.High)) // there are no more persons than records, whatever noise says
	switch {
	case best < int64(sheet.Least) || p.High < int64(sheet.Least):
		p.Why = WhySmall
	case p.Low <= 0 || p.Low > p.High || max(p.High-best, best-p.Low)*1000 > best*int64(sheet.Widest):
		p.Why = WhyWide
	}
	p.Low, p.High = max(0, p.Low), max(0, p.High)
	if p.Publishable = p.Why == ""; p.Publishable {
		p.Records, p.Persons = records, best
	} else {
		p.In = nil
	}
	return p
}

// corrected returns how many persons there are if keys find so many millionths of the pairs that are to be found: each
// pair that they miss leaves one person counted twice. With a recall of 0 nothing is known, and it is 0.
func corrected(records, persons, recall int64) int64 {
	if recall <= 0 {
		return 0
	}
	if persons >= records {
		return persons
	}
	return records - (records-persons)*1_000_000/recall
}
