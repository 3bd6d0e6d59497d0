"""`replay:DIR`: repeats recorded actions, without a model. An action that now fails means that the site has drifted."""

from pathlib import Path

from pytest_mmina.core.errors import AgentError, ReplayError, TrajectoryError
from pytest_mmina.core.language.actions import Action, Target
from pytest_mmina.core.language.elements import NamedElement, references_of
from pytest_mmina.core.language.trajectory import Observation
from pytest_mmina.core.record.stored_trajectory import StoredStep
from pytest_mmina.core.secrets import REMOVED
from pytest_mmina.trajectories.reading import TRAJECTORIES, Recorded, read_recording, recording_file


class ReplayAgent:
    """Plays the first trial of a task, from a folder of results or from its folder of trajectories.

    Elements are found by role and name. If several elements share both, the one with the recorded reference is taken,
    or else the one at the recorded position.
    """

    def __init__(self, folder: Path, task: str) -> None:
        self._results = folder.parent if folder.name == TRAJECTORIES else folder
        self._task = task

    def reset(self, intent: str) -> None:
        """Read the recording. Raises ReplayError if there is no usable recording of this task."""
        self._next = 0
        file = recording_file(self._results, task=self._task, trial=1, case="", browser="")
        try:
            self._recorded: Recorded = read_recording(file)
        except TrajectoryError as error:
            raise ReplayError(f"nothing to replay: {error}") from None
        if self._recorded.head.intent != intent:
            raise ReplayError(f"nothing to replay: {file} was recorded with a different intent of the task")

    def act(self, observation: Observation) -> Action | str:
        """Return the next recorded answer, adapted to this page. Raises ReplayError if the site has drifted."""
        steps, position = self._recorded.stored, self._next
        self._next += 1
        if position and position < len(steps) and observation.error and not steps[position].error:
            raise ReplayError(
                f"drift at step {position}, which could be done when it was recorded: {observation.error}"
            )
        step = steps[position] if position < len(steps) else None
        if step is None or (step.action is None and not step.said):
            end = self._recorded.end
            raise AgentError(f"the recorded episode ended here: {end.reason if end else 'cut off'}")
        if step.action is None:
            if step.arrived:
                raise ReplayError("nothing to replay: the recorded agent drove the browser itself")
            return step.said
        if REMOVED in step.action.text:
            raise ReplayError(f"nothing to replay at step {step.number}: it typed a secret, which is not recorded")
        return self._adapted(step, step.action, observation)

    def _adapted(self, step: StoredStep, action: Action, observation: Observation) -> Action:
        """Return the action with the elements of this page."""
        target = self._target_on_page(action.target, step.element, step, observation)
        to = self._target_on_page(action.to, step.to, step, observation)
        return action.model_copy(update={"target": target, "to": to})

    def _target_on_page(
        self, target: Target | None, element: NamedElement | None, step: StoredStep, observation: Observation
    ) -> Target | None:
        if target is None or element is None:
            return target
        references = references_of(element, observation)
        if references is None:
            # The observation is a picture or HTML, without references; the browser finds the role and name anyway.
            return target if element.position > 1 else Target(role=element.role, name=element.name)
        if len(references) < element.position and target.ref not in references:
            there = f"only {len(references)} of" if references else "no"
            raise ReplayError(
                f"drift at step {step.number}: there is {there} {element.role} {element.name!r} on {observation.url}"
            )
        if target.role:
            return target
        return Target(ref=target.ref if target.ref in references else references[element.position - 1])
