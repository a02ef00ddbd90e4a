/** A worker that makes JPEG pictures of frames, in their order, away from what the page shows. */

const QUALITY = 0.92;

/** @type {OffscreenCanvas | null} */
let canvas = null;
let previous = Promise.resolve();

onmessage = ({ data: { frame, width, height, timeS } }) => {
  previous = previous.then(async () => {
    try {
      if (!canvas || canvas.width !== width || canvas.height !== height) {
        canvas = new OffscreenCanvas(width, height);
      }
      const context = /** @type {OffscreenCanvasRenderingContext2D} */ (
        canvas.getContext("2d", { alpha: false, willReadFrequently: true })
      );
      context.drawImage(frame, 0, 0, width, height);
      const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
      const picture = await blob.arrayBuffer();
      postMessage({ timeS, picture }, { transfer: [picture] });
    } catch (error) {
      postMessage({ timeS, picture: null });
    } finally {
      frame.close();
    }
  });
};
