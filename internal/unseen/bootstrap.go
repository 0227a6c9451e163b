package unseen

import (
	"encoding/binary"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/opentrm/opentrm/internal/chance"
)

// block is how many samples follow from one key, whoever draws them.
const block = 25

// key returns the key of the n-th stream of draws for one purpose.
func key(purpose string, n int) (k [chance.KeySize]byte) {
	copy(k[:], "opentrm/unseen/1 "+purpose)
	binary.BigEndian.PutUint32(k[28:], uint32(n))
	return k
}

// bca is an interval of a bootstrap, corrected for bias and acceleration (DiCiccio and Efron 1996).
type bca struct {
	low, high float64
	samples   int // that gave an estimate
	failed    int // that gave none
}

// bootstrap draws samples of as many persons as were seen, chooses a model for each anew and takes the interval of what is
// estimated. estimate is what is estimated from the table itself.
func (t *Table) bootstrap(d *design, samples int, estimate float64) bca {
	var people []int // the history of each person
	for h, c := range t.Count {
		for range c {
			people = append(people, h)
		}
	}
	blocks := (samples + block - 1) / block
	found := make([][]float64, blocks)
	var wait sync.WaitGroup
	next := make(chan int)
	for range max(1, min(blocks, runtime.GOMAXPROCS(0))) {
		wait.Go(func() {
			f, count := newFitter(d), make([]int, len(t.Count))
			for b := range next {
				s := chance.Keyed(key("sample", b))
				for range min(block, samples-b*block) {
					clear(count)
					for range people {
						count[people[s.Below(uint64(len(people)))]]++
					}
					f.take(count)
					if one, ok := f.stepwise(); ok {
						found[b] = append(found[b], one.unseen+f.total)
					}
				}
			}
		})
	}
	for b := range blocks {
		next <- b
	}
	close(next)
	wait.Wait()
	all := slices.Concat(found...)
	slices.Sort(all)
	out := bca{samples: len(all), failed: samples - len(all)}
	if len(all) == 0 {
		return out
	}
	below := 0
	for _, v := range all {
		if v < estimate {
			below++
		}
	}
	share := min(max(float64(below), 0.5), float64(len(all))-0.5) / float64(len(all))
	bias, bend := quantileOfNormal(share), t.acceleration(d)
	at := func(p float64) float64 {
		z := bias + quantileOfNormal(p)
		return quantile(all, math.Erfc(-(bias+z/(1-bend*z))/math.Sqrt2)/2)
	}
	out.low, out.high = at(0.025), at(0.975)
	return out
}

// acceleration says how the spread of the estimate changes with it, by leaving out one person of each history in turn.
func (t *Table) acceleration(d *design) float64 {
	f := newFitter(d)
	count := slices.Clone(t.Count)
	var without, weight []float64
	mean, total := 0.0, 0.0
	for h, c := range t.Count {
		if c == 0 {
			continue
		}
		count[h]--
		f.take(count)
		if one, ok := f.stepwise(); ok {
			without, weight = append(without, one.unseen+f.total), append(weight, float64(c))
			mean += float64(c) * (one.unseen + f.total)
			total += float64(c)
		}
		count[h]++
	}
	if total == 0 {
		return 0
	}
	mean /= total
	var cubes, squares float64
	for i, v := range without {
		cubes += weight[i] * math.Pow(mean-v, 3)
		squares += weight[i] * math.Pow(mean-v, 2)
	}
	if squares == 0 {
		return 0
	}
	return cubes / (6 * math.Pow(squares, 1.5))
}

// quantileOfNormal returns the number that a standard normal is below with probability p.
func quantileOfNormal(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }

// quantile returns the p-quantile of sorted numbers, between two of them in proportion.
func quantile(sorted []float64, p float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	at := min(max(p, 0), 1) * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}
