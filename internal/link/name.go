package link

// Levels of likeness of two names, the likest first.
const (
	same    = iota // they sound alike, in one of their readings
	close93        // by letters, at least .93
	close86        // at least .86; or the words of the one are all in the other; or their consonants are the same
	close75        // at least .75
	differ
	nameLevels
)

// shortIs is how alike a name and its short form count among other words; by themselves they are near, as if their consonants were the same, so
// that what else is known decides.
const shortIs = .8

// alike returns the level of likeness of two names.
func (t *Table) alike(a, b *name) uint8 {
	if a.class == b.class {
		return same
	}
	if a.joined == b.joined { // two words written as one
		return close93
	}
	score, within, consonants, sounds := t.aligned(a, b)
	switch {
	case sounds && a.n == b.n:
		return same
	case score >= .93:
		return close93
	case score >= .86 || within || consonants:
		return close86
	case score >= .75:
		return close75
	}
	return differ
}

// aligned pairs the words of two names, the likest first, and returns how alike the names are, by the letters of the words that found one;
// whether all words of the shorter are in the longer; whether the consonants of all are the same; and whether all that were paired
// sound the same in one of their readings.
func (t *Table) aligned(a, b *name) (score float64, within, consonants, sounds bool) {
	if a.n > b.n {
		a, b = b, a
	}
	if b.n == 1 {
		s, k := t.best(&a.words[0], &b.words[0], .75)
		return s, false, k, s == 1
	}
	var like [most][most]float64
	var bones [most][most]bool
	for i := range a.words {
		for j := range b.words {
			like[i][j], bones[i][j] = t.best(&a.words[i], &b.words[j], .6)
		}
	}
	var usedA, usedB [most]bool
	sum := 0.0
	within, consonants, sounds = true, a.n == b.n, true
	for range a.words {
		bi, bj, bs := 0, 0, -1.0
		for i := range a.words {
			for j := range b.words {
				if !usedA[i] && !usedB[j] && like[i][j] > bs {
					bi, bj, bs = i, j, like[i][j]
				}
			}
		}
		usedA[bi], usedB[bj] = true, true
		x, y := t.words[a.words[bi].ways[0]].n, t.words[b.words[bj].ways[0]].n
		sum += bs * float64(x+y)
		within = within && bs >= .93 && x > 1
		sounds = sounds && bs == 1
		consonants = consonants && bones[bi][bj]
	}
	return sum / float64(a.letters+b.letters), within, consonants, sounds
}

// best returns how alike two words are in the readings in which they are likest, and whether they have their consonants in common. What is
// certainly less than least counts as nothing.
func (t *Table) best(a, b *reading, least float64) (top float64, consonants bool) {
	for _, x := range a.ways[:a.n] {
		for _, y := range b.ways[:b.n] {
			if x == y {
				return 1, true
			}
			v, w := &t.words[x], &t.words[y]
			consonants = consonants || v.bones == w.bones && v.bone > 1
			if atMost(v, w) >= max(top, least) {
				top = max(top, likeness(v, w))
			}
			if v.called != nil && top < shortIs && calledAs(v.called, w.called) {
				top, consonants = shortIs, true
			}
		}
	}
	return top, consonants
}
