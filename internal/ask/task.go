package ask

import (
	"net/http"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/id"
)

// TaskCommand is "opentrm task" with what stands below it.
type TaskCommand struct {
	List taskList `cmd:"" help:"List what is due at one's desk."`
	Done taskDone `cmd:"" help:"Mark a task as done."`
}

type taskList struct{ console.Remote }

func (c *taskList) Run(s *console.Screen) error {
	return console.Show(s, c.Remote, "/tasks")
}

type taskDone struct {
	console.Remote
	Task  id.Task `arg:""`
	Match string  `help:"Version that was read; otherwise the present one."`
}

func (c *taskDone) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	path := "/tasks" + console.Seg(c.Task)
	at, err := node.At(c.Match, path)
	if err != nil {
		return err
	}
	if _, err := node.CallWith(http.MethodPost, path+"/done", nil, nil, at); err != nil {
		return err
	}
	return s.Done("done")
}
