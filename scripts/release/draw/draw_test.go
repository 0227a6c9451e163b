package draw_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/a-h/templ/runtime"

	"github.com/opentrm/opentrm/scripts/release/draw"
)

var errFull = errors.New("full")

// full takes so many bytes and no more.
type full int

func (f *full) Write(b []byte) (int, error) {
	if *f -= full(len(b)); *f < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func page(inside ...string) templ.Component {
	return draw.New(func(ctx context.Context, b *runtime.Buffer, children templ.Component) error {
		draw.Put(b, "<p>")
		for _, s := range inside {
			draw.Text(b, s)
		}
		if err := children.Render(ctx, b); err != nil {
			return err
		}
		draw.Put(b, "</p>")
		return nil
	})
}

// TestAPageThatCannotBeWrittenSaysSo: no call says an error, so the page has to.
func TestAPageThatCannotBeWrittenSaysSo(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	for _, room := range []full{0, 1, 5000, 99_000} {
		for name, c := range map[string]templ.Component{
			"alone":     page(long),
			"in pieces": page(strings.Split(long, "")...),
			"around another": draw.New(func(ctx context.Context, b *runtime.Buffer, _ templ.Component) error {
				return page(long).Render(ctx, b)
			}),
		} {
			left := room
			if err := c.Render(context.Background(), &left); !errors.Is(err, errFull) {
				t.Errorf("a page, %s, of which %d bytes can be written: %v", name, room, err)
			}
		}
	}
	// The next page has nothing of it.
	var b bytes.Buffer
	if err := page("next").Render(context.Background(), &b); err != nil || b.String() != "<p>next</p>" {
		t.Errorf("the page after one that could not be written: %q, %v", b.String(), err)
	}
}

func TestAPageThatNobodyWaitsForIsNotDrawn(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if err := page("").Render(ctx, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("drawn for nobody: %v", err)
	}
}

func TestWhatStandsInsideIsDrawnOnceAndWhereItStands(t *testing.T) {
	inside := draw.Inside(func(ctx context.Context, b *runtime.Buffer) error {
		draw.Text(b, "inside")
		return page("of its own").Render(ctx, b) // which has no children
	})
	var b bytes.Buffer
	if err := page("page ").Render(templ.WithChildren(context.Background(), inside), &b); err != nil || b.String() != "<p>page inside<p>of its own</p></p>" {
		t.Errorf("%q, %v", b.String(), err)
	}
	failed := draw.Inside(func(context.Context, *runtime.Buffer) error { return errFull })
	if err := page("").Render(templ.WithChildren(context.Background(), failed), io.Discard); !errors.Is(err, errFull) {
		t.Errorf("what stands inside failed, and the page says %v", err)
	}
}

// TestWhatIsWrittenIsWhatTemplWrites compares with templ's own functions, in whose place these are called.
func TestWhatIsWrittenIsWhatTemplWrites(t *testing.T) {
	written := func(w func(b *runtime.Buffer)) string {
		var out bytes.Buffer
		if err := draw.Inside(func(_ context.Context, b *runtime.Buffer) error { w(b); return nil }).Render(context.Background(), &out); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	type word string
	for _, s := range []string{"", "a", `<script>"'&`, "javascript:alert(1)", "https://a.example/?b=1&c=2", "/a/b", "tel:+389", "Шкупи\x00\xff"} {
		joined, _ := templ.JoinStringErrs(s)
		if got, want := written(func(b *runtime.Buffer) { draw.Text(b, s) }), templ.EscapeString(joined); got != want {
			t.Errorf("text %q: %q, and templ %q", s, got, want)
		}
		if got, want := written(func(b *runtime.Buffer) { draw.Text(b, word(s)) }), templ.EscapeString(joined); got != want {
			t.Errorf("word %q: %q, and templ %q", s, got, want)
		}
		u, _ := templ.JoinURLErrs(s)
		if got, want := written(func(b *runtime.Buffer) { draw.URL(b, s) }), templ.EscapeString(u); got != want {
			t.Errorf("address %q: %q, and templ %q", s, got, want)
		}
		safe, _ := templ.JoinURLErrs(templ.SafeURL(s))
		if got, want := written(func(b *runtime.Buffer) { draw.URL(b, templ.SafeURL(s)) }), templ.EscapeString(safe); got != want {
			t.Errorf("safe address %q: %q, and templ %q", s, got, want)
		}
	}
	if got := written(func(b *runtime.Buffer) { draw.Text(b, 7); draw.Text(b, 0.5); draw.Text(b, true) }); got != "70.5true" {
		t.Errorf("numbers: %q", got)
	}
}
