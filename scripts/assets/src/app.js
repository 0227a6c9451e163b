// Everything here is help; each page does its work without it.

// An error summary takes the focus, so that a screen reader says what to correct.
const summary = document.querySelector('[data-error-summary]')
if (summary) summary.focus()

// A form is sent once. The node would refuse the second copy; this spares the fright.
document.addEventListener('submit', (event) => {
  const form = event.target
  if (form.dataset.sent) event.preventDefault()
  else if (!event.defaultPrevented) form.dataset.sent = 'yes'
})
// Coming back through the history must not find a form that cannot be sent again.
window.addEventListener('pageshow', () => {
  for (const form of document.forms) delete form.dataset.sent
})

// Leave this page quickly: by the button, or by pressing Escape three times within two seconds. The page is
// blanked at once, the new one takes its place in the history, and its session ends on the way.
const leave = document.querySelector('[data-leave]')
if (leave) {
  const go = () => {
    document.documentElement.classList.add('trm-gone')
    document.title = ' '
    location.replace(leave.href)
  }
  leave.addEventListener('click', (event) => {
    event.preventDefault()
    go()
  })
  let pressed = []
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') {
      pressed = []
      return
    }
    pressed = [...pressed, event.timeStamp].filter((t) => event.timeStamp - t < 2000)
    if (pressed.length >= 3) go()
  })
}
