// Package draw is what the pages of the released program call in place of what templ writes out at each place of each page
// (docs/adr/0060-a-page-is-asked-once.md). Nothing in the source calls it: scripts/release makes the calls while the program is built.
//
// A buffer remembers its first error, writes nothing after it and says it when it is flushed. So nothing that writes here returns one: New and
// Inside return it at the end of the page.
package draw

import (
	"context"
	"fmt"
	"io"

	"github.com/a-h/templ"
	"github.com/a-h/templ/runtime"
)

// New is a component that f draws. f gets the children that the component was given, or one that draws nothing. Rendering fails with the error of f, of the
// context, or of the writer.
func New(f func(ctx context.Context, b *runtime.Buffer, children templ.Component) error) templ.Component {
	return Inside(func(ctx context.Context, b *runtime.Buffer) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		children := templ.GetChildren(ctx)
		if children == nil {
			children = templ.NopComponent
		}
		return f(templ.ClearChildren(ctx), b, children)
	})
}

// Inside is what stands inside another component, which f draws. Rendering fails with the error of f or of the writer.
func Inside(f func(ctx context.Context, b *runtime.Buffer) error) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) (err error) {
		b, inner := runtime.GetBuffer(w)
		if !inner {
			defer func() {
				if flushed := runtime.ReleaseBuffer(b); err == nil {
					err = flushed
				}
			}()
		}
		return f(templ.InitializeContext(ctx), b)
	})
}

// Put writes HTML as it stands.
func Put(b *runtime.Buffer, html string) {
	_, _ = b.WriteString(html) // the buffer remembers
}

// Text writes a text, a number or a truth value so that it is no HTML, in a page or in an attribute. As in templ, what a templ.ComponentScript calls is escaped already.
func Text(b *runtime.Buffer, v any) {
	s, _ := templ.ResolveAttributeValue(v) // fails with errors that it is given: none
	Put(b, s)
}

// URL writes an address: a templ.SafeURL as it is, any other text only if a browser runs nothing that it says.
func URL(b *runtime.Buffer, v any) {
	to, safe := v.(templ.SafeURL)
	if !safe {
		to = templ.URL(fmt.Sprint(v))
	}
	Put(b, templ.EscapeString(to))
}
