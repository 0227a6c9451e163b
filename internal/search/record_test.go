package search

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/fold"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
)

func named(c id.Case, born person.Birth, document string, names ...string) Record {
	return namedBy(fold.Newest(), c, born, document, names...)
}

func namedBy(by fold.Fold, c id.Case, born person.Birth, document string, names ...string) Record {
	p := person.Person{Birth: person.Say(born)}
	if document != "" {
		p.Sex, p.Citizenships = person.Say(person.Female), person.Say([]string{"MK", "AL"})
		p.Contacts = []person.Contact{{Way: person.Messenger, Address: "+389 70 " + document}}
	}
	for _, n := range names {
		p.Names = append(p.Names, person.Name{Parts: []person.NamePart{{Kind: person.WholeName, Text: n}}})
	}
	if document != "" {
		p.Documents = person.Say([]person.Document{{Number: document}})
	}
	return RecordOf(by, c, p)
}

func anyRecord(t *rapid.T, version int64, c id.Case) Record {
	word := rapid.StringMatching(`[a-zшжđ]{1,12}`)
	names := rapid.SliceOfN(rapid.SliceOfN(word, 1, 4), 0, 4).Draw(t, "names")
	texts := make([]string, len(names))
	for i, n := range names {
		texts[i] = strings.Join(n, " ")
	}
	born := person.Birth{Year: rapid.IntRange(1900, 2100).Draw(t, "year"), Month: rapid.IntRange(0, 12).Draw(t, "month")}
	return namedBy(fold.All()[version-1], c, born, rapid.StringMatching(`[A-Z]{0,2}[0-9]{0,8}`).Draw(t, "document"), texts...)
}

func TestRecordsComeBackFromASegment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 20).Draw(t, "n")
		version := rapid.Int64Range(1, 2).Draw(t, "version")
		var all [][]byte
		want := map[id.Case]Record{}
		for i := range n {
			r := anyRecord(t, version, id.Case(fmt.Sprintf("case-%d", i)))
			b := r.Encode()
			if back, err := ParseRecord(version, b); err != nil || cmp.Diff(r, back) != "" || len(b)%step != 0 {
				t.Fatalf("%+v came back as %+v, %v", r, back, err)
			}
			all = append(all, b)
			want[r.Case] = r
		}
		body, masks, err := Pack(version, all, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		for i := range n { // some are erased
			if !rapid.Bool().Draw(t, "erased") {
				continue
			}
			gone := id.Case(fmt.Sprintf("case-%d", i))
			delete(want, gone)
			var left int
			var found bool
			if masks, left, found, err = Blank(masks, gone); err != nil || !found || left != len(want) {
				t.Fatalf("erasing %s: %d left of %d, found %v, %v", gone, left, len(want), found, err)
			}
			if again, _, found, err := Blank(masks, gone); err != nil || found || !bytes.Equal(again, masks) {
				t.Fatalf("erasing twice: found %v, %v", found, err)
			}
		}
		got := map[id.Case]Record{}
		if err := Unpack(version, body, masks, func(b []byte) error {
			r, err := ParseRecord(version, b)
			got[r.Case] = r
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("(-packed +unpacked)\n%s", d)
		}
	})
}

// What is erased lies in neither part, for whoever holds the key as well: the masked record with the mask taken away is
// what chance gave.
func TestErasedRecordsAreInNeitherPart(t *testing.T) {
	planted := named("case-1", person.Birth{Year: 1999}, "PLANTED77", "Plantedname Plantedsurname").Encode()
	body, masks, err := Pack(fold.Newest().Version, [][]byte{planted, named("case-2", person.Birth{}, "", "Other One").Encode()}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(body, []byte("plantedname")) || bytes.Contains(masks, []byte("plantedname")) {
		t.Fatal("one part alone tells the name")
	}
	mask := bytes.Index(masks, []byte("case-1")) + len("case-1") + 4
	was := bytes.Clone(masks[mask : mask+len(planted)])
	masks, _, _, err = Blank(masks, "case-1")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(masks, was[:16]) || bytes.Contains(masks, []byte("case-1")) {
		t.Error("the mask or whose it was is still there")
	}
}

func TestSegmentsOfOthersAreRefused(t *testing.T) {
	pack := func(n int) (body, masks []byte) {
		body, masks, err := Pack(fold.Newest().Version, [][]byte{named(id.Case(fmt.Sprint("case-", n)), person.Birth{}, "", "Ana Demo").Encode()}, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return body, masks
	}
	body, masks := pack(1)
	_, other := pack(1)
	flipped := bytes.Clone(masks)
	flipped[len(flipped)-40] ^= 1
	for name, m := range map[string][]byte{"masks of another": other, "one bit": flipped, "cut": masks[:len(masks)-1], "more": append(bytes.Clone(masks), 0), "none": nil} {
		if err := Unpack(fold.Newest().Version, body, m, func([]byte) error { return nil }); !fault.Is(err, fault.Internal) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := Pack(fold.Newest().Version, [][]byte{[]byte("no record")}, rand.Reader); !fault.Is(err, fault.Internal) {
		t.Errorf("what is no record was packed: %v", err)
	}
}

// spec/search.md 2 and 3: what is beyond the limits of a record is not in it, a segment has at most 4096 records, and a length that is no multiple
// of 32 bytes is refused.
func TestLimitsOfRecordsAndSegments(t *testing.T) {
	long := strings.Repeat("a b", maxWord)
	names := []string{"Demona " + strings.ReplaceAll(long, " ", "c"), ""}
	for i := range maxWords + 5 {
		names[1] += fmt.Sprintf("w%02d ", i)
	}
	for i := range maxNames + 5 {
		names = append(names, fmt.Sprintf("Demona N%02d", i), fmt.Sprintf("N%02d Demona", i))
	}
	r := named("case-1", person.Birth{}, "", names...)
	if len(r.Names) != maxNames || len(r.Names[0]) != 1 || len(r.Names[1]) != maxWords {
		t.Errorf("%d names, %d and %d words", len(r.Names), len(r.Names[0]), len(r.Names[1]))
	}
	b := r.Encode()
	if back, err := ParseRecord(fold.Newest().Version, b); err != nil || cmp.Diff(r, back) != "" || len(b)%32 != 0 {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	many := make([][]byte, MaxSegment+1)
	for i := range many {
		many[i] = b
	}
	if _, _, err := Pack(fold.Newest().Version, many, rand.Reader); MaxSegment != 4096 || !fault.Is(err, fault.Internal) {
		t.Errorf("%d records in a segment: %v", len(many), err)
	}
	body, masks, err := Pack(fold.Newest().Version, [][]byte{b[:len(b)-1]}, rand.Reader)
	if err == nil {
		err = Unpack(fold.Newest().Version, body, masks, func([]byte) error { return nil })
	}
	if !fault.Is(err, fault.Internal) {
		t.Errorf("a record of %d bytes: %v", len(b)-1, err)
	}
}

func FuzzUnpack(f *testing.F) {
	body, masks, err := Pack(fold.Newest().Version, [][]byte{named("case-1", person.Birth{Year: 1999}, "AB1234", "Ana Demo", "Ана Демо").Encode(), named("case-2", person.Birth{}, "", "X Y").Encode()}, rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body, masks)
	f.Add([]byte{1, 0, 0, 0, 0}, []byte{1, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, body, masks []byte) {
		n := 0
		err := Unpack(fold.Newest().Version, body, masks, func(b []byte) error {
			n++
			return (&shard{fold: fold.Newest().Version}).add(newVocabulary(), b)
		})
		out, left, found, blank := Blank(masks, "case-1")
		if err != nil {
			return
		}
		if blank != nil || !found && (left != n || !bytes.Equal(out, masks)) || found && left >= n {
			t.Errorf("%d records, %d left, found %v: %v", n, left, found, blank)
		}
	})
}

func FuzzParseRecord(f *testing.F) {
	f.Add(named("case-1", person.Birth{Year: 1999}, "AB1234", "Ana Demo").Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ParseRecord(fold.Newest().Version, b)
		if err == nil && !bytes.Equal(r.Encode(), b) {
			t.Errorf("%x is written as %x", b, r.Encode())
		}
	})
}
