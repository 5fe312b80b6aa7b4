/* The launcher: a process that runs the operator's commands for a keeper which, once caged, may
 * start nothing. It is the keeper's own program begun anew (keywright-keeper --launcher), so that
 * its memory never held a secret, and is started only when there are commands to be run. It knows
 * its commands before the keeper is caged and runs no other, outside the cage, and for a --test
 * passes on the variables that launch.h lists. Its own words are in launch.h. */
#ifndef KEYWRIGHT_KEEPER_LAUNCHER_H
#define KEYWRIGHT_KEEPER_LAUNCHER_H

/* The program's other main: until the keeper is gone; then what still runs is killed. Returns the
 * exit status. */
int launcher_main(void);

#endif
