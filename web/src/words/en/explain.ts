/** How something came about: the chain from its cause to the payment. */
export const explain = {
  "explain.title": "How it came about",
  "explain.none": "Nothing is known of {id}.",
  "explain.hint": "From the frame to the payment: each step names its cause.",
  "explain.frame": "Reading",
  "explain.reading": "Reading",
  "explain.event": "Event",
  "explain.cycle": "Thought",
  "explain.call": "Act",
  "explain.task": "Task",
  "explain.transfer": "Payment",
  "explain.command": "Command",
  "explain.voice": "Words",
  "explain.request": "Request",
  "explain.missing": "Not kept any more",
} as const;
